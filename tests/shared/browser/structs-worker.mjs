// A worker of a page: writes into structs that the page has declared.
import { AtomicCounter, Mutex, shared, threadLocal } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { adoptArena } from '../../../pkg/runtime/dist/memory/arena.js'

addEventListener('message', async ({ data: { arena, index } }) => {
  adoptArena(arena)
  const struct = $shared(shared, 'struct', 'h', null)
  const held = $shared(Mutex, 'held', 'h', () => [shared({ n: 'u32' })])
  const made = $shared(AtomicCounter, 'made', 'h', null)
  const own = $shared(threadLocal, 'own', 'h', () => [
    () => {
      made.add()
      return `worker ${index}`
    },
  ])
  struct.hits++
  struct.name = own.value
  struct.at.row = index
  struct.cells[index] = 1
  const guard = await held.lock()
  guard.value.n++
  guard.unlock()
  postMessage(own.value)
})
