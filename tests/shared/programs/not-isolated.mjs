// A page without isolation, as far as this library sees it.
globalThis.crossOriginIsolated = false
const { AtomicCounter, channel, Global, Mutex, Semaphore, SharedJsonBuffer } = await import('experimental-threads')
const { $shared } = await import('experimental-threads/internal')

const never = () => {
  throw new Error('the thunk ran')
}
const global = $shared(Global, 'g', 'h', never)
const mutex = $shared(Mutex, 'm', 'h', never)
const semaphore = $shared(Semaphore, 's', 'h', never)
const own = new Mutex()
const [tx, rx] = $shared(channel, 'c', 'h', never)
const json = $shared(SharedJsonBuffer, 'j', 'h', never)
const counter = $shared(AtomicCounter, 'n', 'h', never)
const [mine] = channel()
mine.dispose()
const operations = [
  () => global.value,
  () => mutex.lock(),
  () => mutex.tryLock(),
  () => semaphore.acquire(),
  () => semaphore.release(),
  () => own.lock(),
  () => new Semaphore(2).tryAcquire(),
  () => tx.send(1),
  () => rx.recv(),
  () => channel()[0].trySend(1),
  () => json.key,
  () => new SharedJsonBuffer([]).push(1),
  () => counter.add(),
]
for (const operation of operations) {
  try {
    await operation()
    console.log('nothing was thrown')
  } catch (error) {
    console.log(error.code, error.message)
  }
}
