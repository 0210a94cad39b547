// One wrong use of one shared thing, by its number, and nothing that catches what comes of it. Without a number: all, as a list.
import {
  AtomicCounter,
  Barrier,
  channel,
  Condvar,
  configure,
  Global,
  Lazy,
  Mutex,
  Once,
  RwLock,
  Semaphore,
  shared,
  SharedJsonBuffer,
  WaitGroup,
} from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

/** What a result of a channel says. */
function opened(result) {
  if (!result.ok) throw result.error
}

async function guardOf(mutex = new Mutex()) {
  return mutex.lock()
}

async function released() {
  const guard = await guardOf()
  guard.unlock()
  return guard
}

/** A barrier that somebody has left. */
async function broken() {
  const barrier = new Barrier(2)
  await barrier.wait({ timeout: 1 }).catch(() => {})
  return barrier
}

const misuses = [
  ['Mutex', 'unlocked twice', 'R530', async () => (await released()).unlock()],
  ['Mutex', 'value read after the unlock', 'R530', async () => (await released()).value],
  ['Mutex', 'poison asked for after the unlock', 'R530', async () => (await released()).poisoned],
  ['Mutex', 'blockingLock of a lock that this thread holds', 'R531', () => twice((mutex) => mutex.blockingLock())],
  ['Mutex', 'lock with a timeout, held by this thread', 'R537', () => twice((mutex) => mutex.lock({ timeout: 5 }))],
  ['Mutex', 'a timeout below 0', 'R539', () => new Mutex().lock({ timeout: -1 })],
  ['Mutex', 'a timeout that is no number', 'R539', () => new Mutex().blockingLock({ timeout: 'soon' })],
  ['Mutex', 'around what threads cannot share', 'E310', () => $shared(Mutex, 'm', 'h', () => [{ hits: 0 }])],
  ['Global', 'made where no plugin has seen it', 'R535', () => new Global(new SharedArrayBuffer(4))],
  ['Global', 'of what threads cannot share', 'E310', () => $shared(Global, 'g', 'h', () => [new Map()])],
  ['Condvar', 'wait with a released guard', 'R530', async () => new Condvar().wait(await released())],
  ['Condvar', 'wait with something else', 'R582', () => new Condvar().wait({})],
  ['Condvar', 'the guard used while it waits', 'R581', usedMeanwhile],
  ['Condvar', 'that nobody notifies', 'R537', async () => new Condvar().wait(await guardOf(), { timeout: 5 })],
  ...[-1, 1.5, NaN, 2 ** 31, '2'].map((count) => [
    'Semaphore',
    `made with ${typeof count === 'string' ? 'the text ' : ''}${String(count)} permits`,
    'R533',
    () => new Semaphore(count),
  ]),
  ...[0, -5, 0.5, NaN, Infinity].flatMap((count) => [
    ['Semaphore', `acquire(${count})`, 'R533', () => new Semaphore(3).acquire(count)],
    ['Semaphore', `tryAcquire(${count})`, 'R533', () => new Semaphore(3).tryAcquire(count)],
    ['Semaphore', `release(${count})`, 'R533', () => new Semaphore(3).release(count)],
  ]),
  ['Semaphore', 'a permit released twice', 'R530', permitTwice],
  ['Semaphore', 'more released than it can count', 'R534', overflow],
  [
    'Semaphore',
    'blockingAcquire of more than there are',
    'R537',
    () => new Semaphore(1).blockingAcquire(2, { timeout: 5 }),
  ],
  ['RwLock', 'unlocked twice', 'R530', async () => (await readTwice()).unlock()],
  ['RwLock', 'value read after the unlock', 'R530', async () => (await readTwice()).value],
  ['RwLock', 'blockingWrite while this thread reads', 'R531', () => inside('read', 'blockingWrite')],
  ['RwLock', 'blockingWrite while this thread writes', 'R531', () => inside('write', 'blockingWrite')],
  ['RwLock', 'blockingRead while this thread writes', 'R531', () => inside('write', 'blockingRead')],
  ['RwLock', 'write while this thread reads, with a timeout', 'R537', () => inside('read', 'write', { timeout: 5 })],
  ['RwLock', 'a timeout below 0', 'R539', () => inside('write', 'read', { timeout: -1 })],
  ['RwLock', 'downgrade after the unlock', 'R530', downgraded],
  ...[0, -1, 1.5, NaN, 4096].map((parties) => ['Barrier', `of ${parties} parties`, 'R533', () => new Barrier(parties)]),
  ['Barrier', 'where the others do not come', 'R537', () => new Barrier(2).wait({ timeout: 5 })],
  ['Barrier', 'wait when it is broken', 'R585', async () => (await broken()).wait()],
  ['Barrier', 'blockingWait when it is broken', 'R585', async () => (await broken()).blockingWait()],
  ['Once', 'called by its own function', 'R586', () => onceInside((once) => once.call(() => {}))],
  ['Once', 'blockingCall by its own function', 'R586', () => onceInside((once) => once.blockingCall(() => {}))],
  ['Lazy', 'asked for by its own function', 'R586', lazyInside],
  ['WaitGroup', 'more done than added', 'R588', () => new WaitGroup().done()],
  ['WaitGroup', 'add(NaN)', 'R533', () => new WaitGroup().add(NaN)],
  ['WaitGroup', 'a member released twice', 'R530', memberTwice],
  ['WaitGroup', 'that is never done', 'R537', neverDone],
  ...[0, -1, 1.5, NaN].map((capacity) => ['channel', `of ${capacity} slots`, 'R533', () => channel(capacity)]),
  ['channel', 'send after close', 'R590', async () => opened(await closed()[0].send(1))],
  ['channel', 'recv after close', 'R590', async () => opened(await closed()[1].recv())],
  ['channel', 'blockingRecv after close', 'R590', () => opened(closed()[1].blockingRecv())],
  ['channel', 'a disposed sender used', 'R591', async () => opened(await disposed(0).send(1))],
  ['channel', 'a disposed receiver used', 'R591', () => opened(disposed(1).tryRecv())],
  ['channel', 'a disposed sender cloned', 'R591', () => disposed(0).clone()],
  ['channel', 'a function sent', 'R592', () => channel()[0].send(() => {})],
  ['channel', 'tryRecv of nothing', 'R593', () => opened(channel()[1].tryRecv())],
  ['channel', 'trySend into a full one', 'R593', () => full((tx) => opened(tx.trySend(2)))],
  ['channel', 'send into a full one, with a timeout', 'R537', () => full((tx) => tx.send(2, { timeout: 5 }))],
  ['channel', 'a message larger than all memory', 'R594', tooLarge],
  ['AtomicCounter', 'wait with a timeout below 0', 'R539', () => new AtomicCounter().wait(0, { timeout: -1 })],
  ['AtomicCounter', 'that nobody changes', 'R537', () => new AtomicCounter().wait(0, { timeout: 5 })],
  ['SharedJsonBuffer', 'given a function', 'R592', () => (new SharedJsonBuffer({}).run = () => {})],
  ['shared', 'a type that there is not', 'E322', () => shared({ a: 'u7' })],
  ['configure', 'limits that make no sense', 'E318', () => configure({ sharedBuffers: 0 })],
  ['configure', 'limits when there is memory', 'E317', tooLate],
]

async function twice(again) {
  const mutex = new Mutex()
  await mutex.lock()
  return again(mutex)
}

async function usedMeanwhile() {
  const guard = await guardOf()
  void new Condvar().wait(guard)
  guard.unlock()
}

async function permitTwice() {
  const permit = await new Semaphore(1).acquire()
  permit.release()
  permit.release()
}

function overflow() {
  const semaphore = new Semaphore(0)
  for (;;) semaphore.release(2 ** 20)
}

async function readTwice() {
  const guard = await new RwLock().read()
  guard.unlock()
  return guard
}

async function inside(how, then, options) {
  const lock = new RwLock()
  await lock[how]()
  return lock[then](options)
}

async function downgraded() {
  const guard = await new RwLock().write()
  guard.unlock()
  guard.downgrade()
}

function onceInside(again) {
  const once = new Once()
  return once.call(() => again(once))
}

function lazyInside() {
  const lazy = new Lazy(() => lazy.get())
  return lazy.get()
}

function memberTwice() {
  const member = new WaitGroup().enter()
  member.release()
  member.release()
}

function neverDone() {
  const group = new WaitGroup()
  group.add()
  return group.wait({ timeout: 5 })
}

function closed() {
  const ends = channel()
  ends[0].close()
  return ends
}

function disposed(index) {
  const end = channel()[index]
  end.dispose()
  return end
}

async function full(use) {
  const [tx] = channel(1)
  await tx.send(1)
  return use(tx)
}

function tooLarge() {
  configure({ maxSharedBytes: 2 ** 20 })
  return channel()[0].send(new Uint8Array(2 ** 21))
}

function tooLate() {
  new Mutex().tryLock()
  configure({ sharedBuffers: 7 })
}

if (process.argv[2] === undefined)
  console.log(JSON.stringify(misuses.map(([what, misuse, code]) => ({ what, misuse, code }))))
else await misuses[Number(process.argv[2])][3]()
