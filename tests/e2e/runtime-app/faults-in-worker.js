import { failToRead } from './faults.js'

failToRead(globalThis)
