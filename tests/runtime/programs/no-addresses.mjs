import { stats } from 'experimental-threads'

import { boot, start } from './support.mjs'

boot()
const { SharedArrayBuffer } = globalThis
const refuse = () => {
  throw new RangeError('no addresses left')
}
globalThis.SharedArrayBuffer = new Proxy(SharedArrayBuffer, { construct: refuse })
try {
  start('add', [1, 2])
} catch (error) {
  console.log(error.message, stats().workers, stats().running)
}
globalThis.SharedArrayBuffer = SharedArrayBuffer
process.on('exit', () => console.log('exit'))
