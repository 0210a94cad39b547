// A thread that is ended between its claim of a registry entry and the publication.
import { isMainThread, Worker, workerData } from 'node:worker_threads'

import { Mutex } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { adoptArena, agentExited, exportArena } from '../../../pkg/runtime/dist/memory/arena.js'
import { fillEntry, findEntry, keyOf } from '../../../pkg/runtime/dist/memory/registry.js'

const key = keyOf('lock', 'h')

if (isMainThread) {
  const said = new Int32Array(new SharedArrayBuffer(4))
  const given = exportArena('doomed')
  const worker = new Worker(new URL(import.meta.url), { workerData: { given, said } })
  await Atomics.waitAsync(said, 0, 0, 60_000).value
  await worker.terminate()
  agentExited(given)
  const lock = $shared(Mutex, 'lock', 'h', () => [])
  const guard = lock.tryLock()
  console.log(guard !== undefined, $shared(Mutex, 'lock', 'h', null) === lock)
} else {
  adoptArena(workerData.given)
  fillEntry(findEntry(key).entry, key, () => {
    Atomics.store(workerData.said, 0, 1)
    Atomics.notify(workerData.said, 0)
    Atomics.wait(workerData.said, 0, 1)
  })
}
