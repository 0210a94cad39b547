import { shutdown, configure } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'
$boot(import.meta.resolve('experimental-threads/worker'))
const site = { p: 1, load: 'data:text/javascript,export const run = (n) => () => n', name: 'echo', at: 'a:1:1', captures: ['n'], blocks: false }
const spawned = (n) => $spawn(site, null, undefined, [n])
const mode = process.argv[2]
if (mode === 'many') for (let i = 0; i < 300; i++) await Promise.all(Array.from({ length: 1000 }, (_, n) => spawned(n)))
if (mode === 'one') for (let i = 0; i < 20000; i++) await spawned(i)
if (mode === '100k') {
  await spawned(1); globalThis.gc?.()
  const before = process.memoryUsage()
  const t = performance.now()
  const all = Array.from({ length: 100_000 }, (_, n) => spawned(n))
  const after = process.memoryUsage()
  console.log('queued', (performance.now() - t).toFixed(), 'ms; rss +', ((after.rss - before.rss) / 1e6).toFixed(1), 'heap +', ((after.heapUsed - before.heapUsed) / 1e6).toFixed(1))
  await Promise.all(all)
  console.log('settled', (performance.now() - t).toFixed(), 'ms', JSON.stringify(process.cpuUsage()))
}
await shutdown()
