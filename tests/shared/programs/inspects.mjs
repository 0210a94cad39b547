// What `console.log` prints of what threads share: before it has memory, in use, and given back.
import {
  AtomicCounter,
  AtomicFlag,
  Barrier,
  channel,
  Condvar,
  Lazy,
  Mutex,
  Once,
  RwLock,
  Semaphore,
  WaitGroup,
} from 'experimental-threads'

const mutex = new Mutex()
const rw = new RwLock()
const semaphore = new Semaphore(3)
const barrier = new Barrier(2)
const once = new Once()
const lazy = new Lazy(() => 1)
const group = new WaitGroup()
const counter = new AtomicCounter(3)
const flag = new AtomicFlag()
const [tx, rx] = channel(2)
const all = [mutex, rw, semaphore, barrier, once, lazy, group, counter, flag, tx, rx, new Condvar()]

console.log(...all)
console.log(all.some((value) => value.constructor.sharedKind?.placeOf(value) >= 0))
// A page without isolation can do no more.
if (globalThis.crossOriginIsolated === false) process.exit()

const guards = [await mutex.lock(), await rw.read(), await rw.read(), await semaphore.acquire(2), group.enter()]
const other = new RwLock()
guards.push(await other.write())
group.add(4)
counter.add(-10)
flag.set()
tx.trySend(1)
const late = barrier.wait({ timeout: 1 }).catch(() => {})
console.log(...all, other, ...guards)

await late
await once.call(() => console.log(once))
await lazy.get()
for (const guard of guards) guard.dispose()
rx.close()
tx.dispose()
console.log(...all, other, ...guards)
console.log({ in: [mutex] })
