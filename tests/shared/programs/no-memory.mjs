// The first thread finds no room for the memory that all share.
import { stats } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

$boot(new URL('../../../pkg/runtime/dist/worker.js', import.meta.url).href)
const load = new URL('../modules/early.mjs', import.meta.url).href
const site = { p: 1, load, name: 'counts', at: 'src/a.ts:1:1', captures: [], blocks: false }

const { SharedArrayBuffer } = globalThis
globalThis.SharedArrayBuffer = new Proxy(SharedArrayBuffer, {
  construct() {
    throw new RangeError('no room')
  },
})
try {
  $spawn(site, null, undefined, [])
} catch (error) {
  console.log(error.message, stats().workers)
}
globalThis.SharedArrayBuffer = SharedArrayBuffer
console.log(await $spawn(site, null, undefined, []))
