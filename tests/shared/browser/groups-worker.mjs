// A worker of a page: writes in turns with it, meets it in each round, and leaves a group.
import { Barrier, Lazy, Once, RwLock, WaitGroup } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { adoptArena } from '../../../pkg/runtime/dist/memory/arena.js'
import { runtimeState } from '../../../pkg/runtime/dist/state.js'

// A failure is to end the worker, so that the page hears of it.
addEventListener('unhandledrejection', ({ reason }) => reportError(reason))

addEventListener('message', async ({ data: { arena, rounds, parties, blocks } }) => {
  adoptArena(arena)
  Object.assign(runtimeState().task, { isWorker: true, dedicated: blocks })
  const table = $shared(RwLock, 'table', 'h', () => [new Int32Array(new SharedArrayBuffer(8))])
  const stage = $shared(Barrier, 'stage', 'h', () => [parties])
  const once = $shared(Once, 'once', 'h', () => [])
  const lazy = $shared(Lazy, 'lazy', 'h', () => [() => ({ name: 'lazy' })])
  const group = $shared(WaitGroup, 'group', 'h', () => [])
  const member = group.enter()
  let led = 0
  let torn = 0
  for (let round = 0; round < rounds; round++) {
    const writer = blocks ? table.blockingWrite() : await table.write()
    writer.value[0]++
    writer.value[1]++
    writer.unlock()
    const reader = blocks ? table.blockingRead() : await table.read()
    if (reader.value[0] !== reader.value[1]) torn++
    reader.unlock()
    const { isLeader } = blocks ? stage.blockingWait() : await stage.wait()
    if (isLeader) led++
  }
  const ran = (blocks ? once.blockingCall(() => {}) : await once.call(() => {})) ? 1 : 0
  const { name } = blocks ? lazy.blockingGet() : await lazy.get()
  member.release()
  postMessage({ led, torn, ran, name })
})
