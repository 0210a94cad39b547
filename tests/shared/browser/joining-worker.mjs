// A worker that a page has started itself, and connects.
import { connect, Mutex } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

await connect()
const mutex = $shared(Mutex, 'joined', 'h', null)

addEventListener('message', async ({ data }) => {
  if (data === 'keep') {
    mutex.blockingLock()
    return postMessage('kept')
  }
  for (let round = 0; round < 100; round++) {
    const guard = await mutex.lock()
    guard.value[0]++
    guard.unlock()
  }
  postMessage('counted')
})
postMessage('joined')
