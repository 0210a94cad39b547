// A worker of a page: counts under the shared lock, and shares permits.
import { Global, Mutex, Semaphore } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { adoptArena } from '../../../pkg/runtime/dist/memory/arena.js'
import { runtimeState } from '../../../pkg/runtime/dist/state.js'

addEventListener('message', async ({ data: { arena, rounds, blocks } }) => {
  adoptArena(arena)
  Object.assign(runtimeState().task, { isWorker: true, dedicated: blocks })
  const hits = $shared(Global, 'hits', 'h', () => [new Mutex(new Int32Array(new SharedArrayBuffer(4)))])
  const permits = $shared(Semaphore, 'permits', 'h', () => [2])
  for (let round = 0; round < rounds; round++) {
    const guard = blocks ? hits.value.blockingLock() : await hits.value.lock()
    guard.value[0]++
    guard.unlock()
    const permit = await permits.acquire(1 + (round % 2))
    permit.release()
  }
  postMessage('done')
})
