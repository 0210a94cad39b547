import { stats } from 'experimental-threads'

import { boot, start } from './support.mjs'

boot()
const { SharedArrayBuffer } = globalThis
globalThis.SharedArrayBuffer = function () {
  throw new RangeError('no addresses left')
}
try {
  start('add', [1, 2])
} catch (error) {
  console.log(error.message, stats().workers, stats().running)
}
globalThis.SharedArrayBuffer = SharedArrayBuffer
process.on('exit', () => console.log('exit'))
