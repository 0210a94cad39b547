import { runAll } from './main.ts'

// The test waits for it.
void runAll().then((outcome) => Object.assign(globalThis, { outcome }))
