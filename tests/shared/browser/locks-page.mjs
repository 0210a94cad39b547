import { Condvar, configure, Mutex, RwLock, Semaphore } from 'experimental-threads'

import { reaches, starter, words } from './page-support.mjs'

configure({ maxThreads: 4, graceTime: 50 })

const start = starter('failures')
const startTurns = starter('turns')

const failure = (promise) =>
  promise.then(
    () => 'nothing',
    (error) => `${error.code ?? error}: ${error.message ?? ''}`,
  )

/** A worker that counts for ever with the lock in its hands is ended, while the page and two workers wait. */
globalThis.ownerDies = async () => {
  const mutex = new Mutex(words(1))
  const said = words(3)
  const owner = start('countsWith', [mutex, said])
  owner.catch(() => {})
  await reaches(said, 0, 1)
  const inTime = await failure(mutex.lock({ timeout: 20 }))
  const waiting = failure(mutex.lock())
  const others = [start('waits', [mutex, words(3), 'blocking'], true), start('waits', [mutex, words(3), 'async'])]
  owner.abort('enough')
  const told = await waiting
  const counted = Atomics.load(said, 2)
  const seen = await Promise.all(others)
  const guard = await mutex.lock({ poisoned: 'accept' })
  const stopped = Atomics.load(said, 2) === counted
  mutex.clearPoison()
  guard.unlock()
  const after = await start('waits', [mutex, words(3), 'blocking'], true)
  return { inTime, told, seen, stopped, after }
}

/** The page hands items to a worker that awaits and to one that blocks. */
globalThis.handsOver = async () => {
  const mutex = new Mutex(words(2))
  const condvar = new Condvar()
  const consumers = [
    start('consumes', [mutex, condvar, 100, true], true),
    start('consumes', [mutex, condvar, 100, false]),
  ]
  for (let item = 0; item < 200; item++) {
    const guard = await mutex.lock()
    guard.value[0]++
    guard.unlock()
    condvar.notifyOne()
  }
  await Promise.all(consumers)
  const guard = await mutex.lock()
  return [...guard.value]
}

/** How often each of two threads has had the lock that both want all the time. */
globalThis.takesTurns = async () => {
  const each = []
  for (const ways of [
    ['blocking', 'blocking'],
    ['awaiting', 'awaiting'],
  ]) {
    const mutex = new Mutex()
    const sections = words(4)
    const task = { sections, threads: 2, most: 80 }
    await Promise.all(ways.map((way, index) => startTurns(way, [mutex, { ...task, index }], way === 'blocking')))
    each.push([...sections.subarray(2)])
  }
  return each
}

globalThis.givesUp = async () => {
  const semaphore = new Semaphore(1)
  const stop = new AbortController()
  const aborted = failure(semaphore.acquire(2, { signal: stop.signal }))
  const late = failure(semaphore.acquire(2, { timeout: 20 }))
  const small = semaphore.acquire(1)
  stop.abort('enough')
  const codes = [await aborted, await late]
  const permit = await small
  permit.release()
  return codes
}

/** Threads end while something in them waits; the page takes what they waited for. */
globalThis.leaveWaits = async () => {
  const mutex = new Mutex()
  const rwlock = new RwLock()
  const semaphore = new Semaphore(1)
  const held = [await mutex.lock(), await rwlock.write(), await semaphore.acquire()]
  const told = []
  const leave = async (shared, how) => {
    const said = words(3)
    await start('leaves', [shared, said, how])
    await reaches(said, 2, 1)
    told.push(said)
  }
  await leave(mutex, 'lock')
  await leave(rwlock, 'read')
  await leave(rwlock, 'write')
  await leave(semaphore, 'acquire')
  for (const each of held) each.dispose()
  const timeout = 5000
  const again = [
    await mutex.lock({ timeout }),
    await rwlock.write({ timeout }),
    await semaphore.acquire(1, { timeout }),
  ]
  for (const each of again) each.dispose()
  const condvar = new Condvar()
  await leave([mutex, condvar], 'wait')
  condvar.notifyAll()
  ;(await mutex.lock({ timeout })).unlock()
  return told.map(([got, , code]) => [got, code])
}
