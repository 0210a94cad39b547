import { Worker } from 'node:worker_threads'
import { shutdown, configure } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'
$boot(import.meta.resolve('experimental-threads/worker'))
configure({ maxThreads: 1 })
const site = { p: 1, load: 'data:text/javascript,export const run = (n) => () => n', name: 'echo', at: 'a:1:1', captures: ['n'], blocks: false }
const spawned = (n) => $spawn(site, null, undefined, [n])
const bare = new Worker(`const { parentPort } = require('node:worker_threads'); parentPort.on('message', (n) => parentPort.postMessage(n))`, { eval: true })
let res; bare.on('message', (n) => res(n))
const posted = (n) => new Promise((r) => { res = r; bare.postMessage(n) })
async function lo(call) { const t = []; for (let i = 0; i < 100; i++) { const a = performance.now(); for (let k = 0; k < 20; k++) await call(i); t.push((performance.now() - a) / 20 * 1000) } t.sort((a, b) => a - b); return [t[10], t[50]] }
await lo(spawned); await lo(posted)
const a = [], b = []
for (let i = 0; i < 12; i++) { a.push(await lo(spawned)); b.push(await lo(posted)) }
const med = (x, k) => x.map((y) => y[k]).sort((p, q) => p - q)[x.length >> 1]
console.log('p10 spawn', med(a, 0).toFixed(1), 'raw', med(b, 0).toFixed(1), (med(a, 0) / med(b, 0)).toFixed(2), ' p50', (med(a, 1) / med(b, 1)).toFixed(2))
await shutdown(); await bare.terminate()
