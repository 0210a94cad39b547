import { AtomicCounter, Mutex, shared, threadLocal } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { exportArena } from '../../../pkg/runtime/dist/memory/arena.js'
import { codeOf } from './page-support.mjs'

const SCHEMA = { hits: 'u32', name: 'string:16', at: { row: 'u8' }, cells: 'u8[3]' }

/** Workers, one after the other, write into a struct that the page declares, and into one that a lock holds. */
globalThis.shareFields = async (workers) => {
  const struct = $shared(shared, 'struct', 'h', () => [SCHEMA])
  const held = $shared(Mutex, 'held', 'h', () => [shared({ n: 'u32' })])
  const made = $shared(AtomicCounter, 'made', 'h', () => [])
  const own = $shared(threadLocal, 'own', 'h', () => [
    () => {
      made.add()
      return 'page'
    },
  ])
  const names = [own.value]
  for (let index = 0; index < workers; index++) {
    const worker = new Worker('structs-worker.js', { type: 'module' })
    names.push(
      await new Promise((resolve, reject) => {
        worker.addEventListener('message', ({ data }) => resolve(data))
        worker.addEventListener('error', reject)
        worker.postMessage({ arena: exportArena(`worker ${index}`), index })
      }),
    )
  }
  const guard = await held.lock()
  return { struct: struct.toJSON(), held: guard.value.n, own: names, made: made.load() }
}

/** Declares such things on a page without isolation, and uses them. */
globalThis.structsWithoutIsolation = async () => {
  const struct = $shared(shared, 's', 'h', () => [SCHEMA])
  const mutex = $shared(Mutex, 'm', 'h', () => [shared({ n: 'u32' })])
  const made = shared({ n: 'u32' })
  const uses = [
    () => struct.hits,
    () => (struct.name = 'page'),
    () => struct.toJSON(),
    () => mutex.lock(),
    () => made.n++,
    () => Object.keys(made),
  ]
  const own = $shared(threadLocal, 'o', 'h', () => [() => 'page'])
  return { codes: await Promise.all(uses.map(codeOf)), own: own.value }
}
