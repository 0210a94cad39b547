import { channel, Global, Mutex, Semaphore, SharedJsonBuffer } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import './groups-page.mjs'
import './structs-page.mjs'
import './connect-page.mjs'
import { exportArena } from '../../../pkg/runtime/dist/memory/arena.js'
import { codeOf } from './page-support.mjs'

/** Counts on the page and in workers. The workers are the first to make the shared values. */
globalThis.countTogether = async (workers, rounds) => {
  const ended = Array.from({ length: workers }, (_, index) => {
    const worker = new Worker('worker.js', { type: 'module' })
    const end = new Promise((resolve, reject) => {
      worker.addEventListener('message', resolve)
      worker.addEventListener('error', reject)
    })
    worker.postMessage({ arena: exportArena('user'), rounds, blocks: index % 2 === 0 })
    return end
  })
  await ended[0]
  const hits = $shared(Global, 'hits', 'h', () => {
    throw new Error('the thunk ran')
  })
  const permits = $shared(Semaphore, 'permits', 'h', () => [2])
  for (let round = 0; round < rounds; round++) {
    const guard = await hits.value.lock()
    guard.value[0]++
    guard.unlock()
    const permit = await permits.acquire()
    permit.release()
  }
  await Promise.all(ended)
  const codes = [await codeOf(() => hits.value.blockingLock()), await codeOf(() => permits.blockingAcquire())]
  return { count: (await hits.value.lock()).value[0], free: permits.tryAcquire(2)?.count, codes }
}

/** Sends jobs to workers through a channel that the module declares, and gets their results and a count through others. */
globalThis.workThroughChannels = async (workers, jobs) => {
  const [send] = $shared(channel, 'jobs', 'h', () => [4])
  const [, results] = $shared(channel, 'results', 'h', () => [4])
  const totals = $shared(Mutex, 'totals', 'h', () => [new SharedJsonBuffer({ done: {} })])
  const running = Array.from({ length: workers }, (_, index) => {
    const worker = new Worker('channel-worker.js', { type: 'module' })
    worker.postMessage({ arena: exportArena(`worker ${index}`), name: `worker ${index}` })
    return worker
  })
  const sent = (async () => {
    for (let job = 0; job < jobs; job++) await send.send({ job, text: 'ü'.repeat(job) })
    send.close()
  })()
  let sum = 0
  for (let got = 0; got < jobs; got++) sum += (await results.recv()).value.length
  await sent
  const codes = [await codeOf(() => results.blockingRecv()), (await send.send(1)).error.code]
  const { done } = JSON.parse(JSON.stringify((await totals.lock()).value))
  for (const worker of running) worker.terminate()
  return { sum, count: Object.values(done).reduce((total, one) => total + one, 0), codes }
}

/** Declares shared things on a page without isolation, and uses them. */
globalThis.useWithoutIsolation = async () => {
  const global = $shared(Global, 'g', 'h', () => [new SharedArrayBuffer(4)])
  const mutex = $shared(Mutex, 'm', 'h', () => [])
  const codes = [await codeOf(() => global.value), await codeOf(() => mutex.lock())]
  return { exported: exportArena('user'), codes, isolated: crossOriginIsolated }
}
