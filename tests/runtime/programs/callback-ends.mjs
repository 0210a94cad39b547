// Neither a callback nor a port that was opened for it keeps the program alive.
import { callback } from 'experimental-threads'

import { boot, start } from './support.mjs'

boot()
const fn = callback((value) => value + 1)
console.log(await start('callIt', [fn, 1]))
start('never', [fn]).unref()
process.on('exit', (code) => console.log('exit', code))
