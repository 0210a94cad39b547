// @ts-check
// Messages from one worker to another through a channel, against `postMessage` between the same two, in turns, so that the load of the machine falls on both.
// The bar: never slower than `postMessage`, and a million small ones a second.

import { channel, configure, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

import { inTurns, load, row } from './measure.mjs'

configure({ maxThreads: 2 })
$boot(import.meta.resolve('experimental-threads/worker'))

const module = new URL('./channel-ends.mjs', import.meta.url).href

/** @param {string} name @param {unknown[]} captures @param {Transferable[]} [transfer] */
function run(name, captures, transfer = []) {
  const site = {
    p: 1,
    load: `${module}?run=${name}`,
    name,
    at: 'tests/bench/channel.bench.mjs:1:1',
    captures: captures.map((_, index) => `c${index}`),
    blocks: true,
  }
  return $spawn(site, null, { transfer }, captures)
}

/** Milliseconds from the first message to the last, as the receiver sees them. @param {string} kind @param {string} way @param {number} count */
async function through(kind, way, count) {
  const [tx, rx] = channel(1024)
  const receiver = run('receive', [rx, way, count])
  const sender = run('send', [tx, kind, way, count])
  tx.dispose()
  rx.dispose()
  await sender
  return receiver
}

/** @param {string} kind @param {number} count */
async function posted(kind, count) {
  const { port1, port2 } = new MessageChannel()
  const receiver = run('receivePosted', [port2, count], [port2])
  await run('post', [port1, kind, count], [port1])
  return receiver
}

load()
/** @type {Record<string, number>} */
const kinds = {
  integers: 100_000,
  'short texts': 100_000,
  'objects of 2 properties': 30_000,
  'objects of 8 properties': 20_000,
  'arrays of 1 MB': 50,
}
for (const [kind, count] of Object.entries(kinds)) {
  const times = await inTurns(7, {
    blocking: () => through(kind, 'block', count),
    awaiting: () => through(kind, 'await', count),
    postMessage: () => posted(kind, count),
  })
  const rate = (/** @type {number} */ ms) => `${(count / ms / 1000).toFixed(3)} M/s`
  row(`${kind}, blocking`, rate(times.blocking), `${(times.postMessage / times.blocking).toFixed(2)} times postMessage`)
  row(`${kind}, awaiting`, rate(times.awaiting), `${(times.postMessage / times.awaiting).toFixed(2)} times postMessage`)
}
await shutdown()
