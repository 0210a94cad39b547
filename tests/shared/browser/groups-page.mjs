import { Barrier, Lazy, Once, RwLock, WaitGroup } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { exportArena } from '../../../pkg/runtime/dist/memory/arena.js'
import { codeOf } from './page-support.mjs'

/** A page and its workers write in turns, meet in each round, make one value, and count each other down. The workers are the first to make the shared values. */
globalThis.workTogether = async (workers, rounds) => {
  const ended = Array.from({ length: workers }, (_, index) => {
    const worker = new Worker('groups-worker.js', { type: 'module' })
    return new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }) => resolve(data))
      worker.addEventListener('error', reject)
      worker.postMessage({
        arena: exportArena('worker ' + index),
        rounds,
        parties: workers + 1,
        blocks: index % 2 === 0,
      })
    })
  })
  const made = (type, id) => $shared(type, id, 'h', null)
  // Without a thunk the page cannot make them: it looks until a worker has.
  const shared = () => [
    made(RwLock, 'table'),
    made(Barrier, 'stage'),
    made(Once, 'once'),
    $shared(Lazy, 'lazy', 'h', () => [() => ({ name: 'lazy' })]),
    made(WaitGroup, 'group'),
  ]
  let found
  while (found === undefined) {
    try {
      found = shared()
    } catch {
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
  }
  const [table, stage, once, lazy, group] = found
  let led = 0
  let torn = 0
  for (let round = 0; round < rounds; round++) {
    const writer = await table.write()
    writer.value[0]++
    writer.value[1]++
    writer.unlock()
    const reader = await table.read()
    if (reader.value[0] !== reader.value[1]) torn++
    reader.unlock()
    if ((await stage.wait()).isLeader) led++
  }
  let ran = (await once.call(() => {})) ? 1 : 0
  const { name } = await lazy.get()
  await group.wait()
  const left = group.count
  const told = await Promise.all(ended)
  for (const worker of told) {
    led += worker.led
    torn += worker.torn
    ran += worker.ran
  }
  const codes = [
    await codeOf(() => table.blockingRead()),
    await codeOf(() => table.blockingWrite()),
    await codeOf(() => stage.blockingWait()),
    await codeOf(() => once.blockingCall(() => {})),
    await codeOf(() => group.blockingWait()),
  ]
  return {
    sum: (await table.read()).value[0],
    led,
    torn,
    ran,
    left,
    names: [name, ...told.map((worker) => worker.name)],
    codes,
  }
}

/** Declares such things on a page without isolation, and uses them. */
globalThis.groupsWithoutIsolation = async () => {
  const lock = $shared(RwLock, 'l', 'h', () => [])
  const barrier = $shared(Barrier, 'b', 'h', () => [2])
  const once = $shared(Once, 'o', 'h', () => [])
  const lazy = $shared(Lazy, 'z', 'h', () => [() => 1])
  const group = $shared(WaitGroup, 'w', 'h', () => [])
  const uses = [
    () => lock.read(),
    () => lock.write(),
    () => lock.tryRead(),
    () => barrier.wait(),
    () => barrier.tryWait(),
    () => once.call(() => {}),
    () => lazy.get(),
    () => group.add(),
    () => group.wait(),
  ]
  return Promise.all(uses.map(codeOf))
}
