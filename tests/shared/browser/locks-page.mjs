import { Condvar, configure, Mutex, Semaphore } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

$boot('/boot.js')
configure({ maxThreads: 4, graceTime: 50 })

const words = (count) => new Int32Array(new SharedArrayBuffer(4 * count))

const start = (name, captures, blocks = false) =>
  $spawn(
    {
      p: 1,
      load: `/failures.js?run=${name}`,
      name,
      at: 'src/a.ts:1:1',
      captures: captures.map((_, index) => `c${index}`),
      blocks,
    },
    null,
    undefined,
    captures,
  )

async function reaches(cells, index, value) {
  for (let now = Atomics.load(cells, index); now < value; now = Atomics.load(cells, index))
    await Atomics.waitAsync(cells, index, now).value
}

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
