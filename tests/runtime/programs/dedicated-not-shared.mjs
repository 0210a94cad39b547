// Without shared memory, a dedicated thread runs also on a worker that has run another one before.
import { boot, start } from './support.mjs'

globalThis.crossOriginIsolated = false
boot()
console.log(await start('add', [1, 2]), await start('add', [1, 2], { dedicated: true }))
