// A page without isolation, as far as this library sees it.
globalThis.crossOriginIsolated = false
const { Global, Mutex, Semaphore } = await import('experimental-threads')
const { $shared } = await import('experimental-threads/internal')

const never = () => {
  throw new Error('the thunk ran')
}
const global = $shared(Global, 'g', 'h', never)
const mutex = $shared(Mutex, 'm', 'h', never)
const semaphore = $shared(Semaphore, 's', 'h', never)
const own = new Mutex()
const operations = [
  () => global.value,
  () => mutex.lock(),
  () => mutex.tryLock(),
  () => semaphore.acquire(),
  () => semaphore.release(),
  () => own.lock(),
  () => new Semaphore(2).tryAcquire(),
]
for (const operation of operations) {
  try {
    await operation()
    console.log('nothing was thrown')
  } catch (error) {
    console.log(error.code, error.message)
  }
}
