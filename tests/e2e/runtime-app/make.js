// Worker modules that make instances: `make.js?run=Vec`.
import { Gone, inThread, Torn, Vec } from './classes.js'

const name = new URL(import.meta.url).searchParams.get('run')
const type = { Gone, Torn, Vec }[name]

export const run = () => () => new type()
export const classes = inThread
