// A worker of a page: takes jobs out of a channel until it is closed, every other one blocking.
import { channel, Mutex, SharedJsonBuffer } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { adoptArena } from '../../../pkg/runtime/dist/memory/arena.js'
import { runtimeState } from '../../../pkg/runtime/dist/state.js'

addEventListener('message', async ({ data: { arena, name } }) => {
  adoptArena(arena)
  Object.assign(runtimeState().task, { isWorker: true, dedicated: true })
  const [, jobs] = $shared(channel, 'jobs', 'h', () => [4])
  const [results] = $shared(channel, 'results', 'h', () => [4])
  const totals = $shared(Mutex, 'totals', 'h', () => [new SharedJsonBuffer({ done: {} })])
  for (let round = 0; ; round++) {
    const { ok, value } = round % 2 === 0 ? jobs.blockingRecv() : await jobs.recv()
    if (!ok) break
    const guard = await totals.lock()
    guard.value.done[name] = (guard.value.done[name] ?? 0) + 1
    guard.unlock()
    await results.send({ length: value.text.length })
  }
})
