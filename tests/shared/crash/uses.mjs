// What threads do with each primitive while one of them is ended: every operation that it has, in turn, and what must hold all the time.
//
// `use(shared, me)` is one round. `me.round` counts, `me.blocks` says whether the thread may block, `me.own` counts what it has done, where others see it. What is wrong is thrown.

import {
  AtomicCounter,
  Barrier,
  channel,
  Condvar,
  Mutex,
  Once,
  RwLock,
  Semaphore,
  WaitGroup,
} from 'experimental-threads'

const words = (count) => new Int32Array(new SharedArrayBuffer(4 * count))

/** A wait that takes longer than this is one that nobody ends. Milliseconds. */
const PATIENCE = { timeout: 20_000 }
const SOON = { timeout: 1 }
const ACCEPT = { ...PATIENCE, poisoned: 'accept' }

/** What a wait gives that may be too late, or is called off. */
async function orNothing(wait) {
  try {
    return await wait()
  } catch (error) {
    if (error.code === 'R537' || error.name === 'AbortError') return undefined
    throw error
  }
}

/** A wait that is called off in the next turn. */
function calledOff(wait) {
  const stop = new AbortController()
  const ended = orNothing(() => wait({ ...PATIENCE, poisoned: 'accept', signal: stop.signal }))
  setTimeout(() => stop.abort(), 0)
  return ended
}

/** One of the ways, by the number of the round. Those that block are for threads that may. */
function way({ round, blocks }, blocking, others) {
  const ways = blocks ? [...blocking, ...others] : others
  return ways[round % ways.length]
}

const bed = words(1)

/** Stays inside for a while, without keeping a processor from the others, so that they come and have to wait. */
export async function linger({ round, blocks }) {
  if (blocks) Atomics.wait(bed, 0, 0, 0.3)
  else if (round % 2 === 0) await turn()
}

/** A turn of the event loop. */
export const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      resolve()
    })
    port1.start()
    port2.postMessage(0)
  })

const must = (holds, what) => {
  if (!holds) throw new Error(what)
}

const mutex = {
  make: () => new Mutex(words(2)),
  async use(lock, me) {
    const take = way(
      me,
      [
        () => lock.blockingLock(ACCEPT),
        () => orNothing(() => lock.blockingLock({ ...SOON, poisoned: 'accept' })),
        () => lock.blockingLock(ACCEPT),
      ],
      [
        () => lock.lock(ACCEPT),
        () => lock.tryLock({ poisoned: 'accept' }),
        () => orNothing(() => lock.lock({ ...SOON, poisoned: 'accept' })),
        () => calledOff((options) => lock.lock(options)),
      ],
    )
    const guard = await take()
    if (guard === undefined) return
    const { value } = guard
    must(value[0] === 0, 'two are inside')
    value[0] = 1
    value[1]++
    Atomics.add(me.own, 0, 1)
    if (guard.poisoned) lock.clearPoison()
    await linger(me)
    value[0] = 0
    guard.unlock()
  },
  async atEnd(lock, { owned }) {
    const guard = await lock.lock(ACCEPT)
    must(guard.value[1] === owned, `${guard.value[1]} were counted, and not ${owned}`)
    guard.unlock()
  },
}

/** One that dies may have been granted one. */
const LOST = 1
const MOST = 6
const semaphore = {
  make: () => [new Semaphore(MOST), words(1)],
  async use([permits, inside], me) {
    const need = me.name === 'victim' ? 1 : 2 + (me.round % 2)
    const take = way(
      me,
      [
        () => permits.blockingAcquire(need, PATIENCE),
        () => orNothing(() => permits.blockingAcquire(need, SOON)),
        () => permits.blockingAcquire(need, PATIENCE),
      ],
      [
        () => permits.acquire(need, PATIENCE),
        () => permits.tryAcquire(need),
        () => orNothing(() => permits.acquire(need, SOON)),
        () => calledOff((options) => permits.acquire(need, options)),
      ],
    )
    const permit = await take()
    if (permit === undefined) return
    must(Atomics.add(inside, 0, need) + need <= MOST, 'more permits are out than there are')
    await linger(me)
    Atomics.sub(inside, 0, need)
    permit.release()
  },
  async atEnd([permits]) {
    // What the dead one had taken stays taken.
    const left = await permits.acquire(MOST - LOST, PATIENCE)
    left.release()
  },
}

const rwlock = {
  make: () => new RwLock(words(2)),
  async use(lock, me) {
    const writes = me.round % 3 === 0
    const kind = writes ? 'write' : 'read'
    const [tries, blocks] = writes ? ['tryWrite', 'blockingWrite'] : ['tryRead', 'blockingRead']
    const take = way(
      me,
      [
        () => lock[blocks](ACCEPT),
        () => lock[blocks](ACCEPT),
        () => orNothing(() => lock[blocks]({ ...SOON, poisoned: 'accept' })),
      ],
      [
        () => lock[kind](ACCEPT),
        () => lock[tries]({ poisoned: 'accept' }),
        () => orNothing(() => lock[kind]({ ...SOON, poisoned: 'accept' })),
        () => calledOff((options) => lock[kind](options)),
      ],
    )
    const guard = await take()
    if (guard === undefined) return
    const { value } = guard
    must(value[0] === value[1], 'somebody is writing')
    await linger(me)
    if (!writes) return guard.unlock()
    value[0]++
    Atomics.add(me.own, 0, 1)
    value[1]++
    if (lock.isPoisoned) lock.clearPoison()
    if (me.round % 2 === 0) return guard.unlock()
    const reader = guard.downgrade()
    must(value[0] === value[1], 'somebody writes beside a reader')
    reader.unlock()
  },
  async atEnd(lock, { owned }) {
    const guard = await lock.write(ACCEPT)
    must(guard.value[0] === owned, `${guard.value[0]} were counted, and not ${owned}`)
    guard.unlock()
  },
}

const condvar = {
  make: () => [new Mutex(words(1)), new Condvar()],
  // Each puts one there before it takes one, so there is always one for somebody who waits.
  async use([lock, changed], me) {
    const locked = async () => {
      const guard = me.blocks ? lock.blockingLock(ACCEPT) : await lock.lock(ACCEPT)
      if (guard.poisoned) lock.clearPoison()
      return guard
    }
    const first = await locked()
    first.value[0]++
    await linger(me)
    first.unlock()
    if (me.round % 3 === 0) changed.notifyAll()
    else changed.notifyOne()
    const guard = await locked()
    const isEmpty = ([items]) => items === 0
    const wait = way(
      me,
      [
        () => changed.blockingWaitWhile(guard, isEmpty, PATIENCE),
        () => orNothing(() => changed.blockingWait(guard, SOON)),
      ],
      [
        () => changed.waitWhile(guard, isEmpty, PATIENCE),
        () => orNothing(() => changed.wait(guard, SOON)),
        () => calledOff((options) => changed.wait(guard, options)),
      ],
    )
    try {
      await wait()
    } catch (error) {
      // The other end of the wait was the lock of the dead one. The guard is void.
      if (error.code === 'R538') return
      throw error
    }
    if (guard.value[0] > 0) guard.value[0]--
    guard.unlock()
  },
  atEnd: async () => {},
}

const ONCES = 64
const once = {
  // The last word is the one that all are at: the victim goes through them.
  make: () => [Array.from({ length: ONCES }, () => new Once()), words(ONCES + 1)],
  async use([all, ran], me) {
    if (me.name === 'victim') Atomics.store(ran, ONCES, me.round % ONCES)
    const index = Atomics.load(ran, ONCES)
    const one = all[index]
    const initialise = () => {
      Atomics.add(ran, index, 1)
      if (me.blocks) Atomics.wait(bed, 0, 0, 0.3)
    }
    if (me.name === 'victim' && me.round % 2 === 0) await linger(me)
    const call = way(
      me,
      [() => one.blockingCall(initialise, PATIENCE), () => one.blockingCall(initialise, PATIENCE)],
      [() => one.call(initialise, PATIENCE), () => one.tryCall(initialise), () => one.call(initialise, PATIENCE)],
    )
    await call()
    if (one.isDone) must(Atomics.load(ran, index) > 0, 'it is said to be done, and was not')
  },
  async atEnd([all, ran], { died }) {
    let again = 0
    for (const [index, one] of all.entries()) {
      await one.call(() => void Atomics.add(ran, index, 1), PATIENCE)
      again += Atomics.load(ran, index) - 1
    }
    must(again <= (died ? 1 : 0), `${again} were done again`)
  },
}

const waitGroup = {
  make: () => [new WaitGroup(), new WaitGroup()],
  async use([members, jobs], me) {
    const member = members.enter()
    jobs.add(2)
    await linger(me)
    jobs.done(2)
    member.release()
    const wait = way(
      me,
      [() => members.blockingWait(PATIENCE), () => orNothing(() => members.blockingWait(SOON))],
      [
        () => members.wait(PATIENCE),
        () => members.tryWait(),
        // What was added and not done by one that died stays, so nobody waits for it.
        () => orNothing(() => jobs.wait(SOON)),
        () => calledOff((options) => members.wait(options)),
      ],
    )
    await wait()
  },
  async atEnd([members]) {
    await members.wait(PATIENCE)
    must(members.count === 0, `${members.count} members are left`)
  },
}

/** The round in which the victim gives up, if it has not come to its point. */
const LAST_MEETING = 30

const barrier = {
  make: () => new Barrier(3),
  parties: 3,
  async use(meeting, me) {
    const meet = way(
      me,
      [() => meeting.blockingWait(PATIENCE)],
      [() => meeting.wait(PATIENCE), () => meeting.tryWait() ?? meeting.wait(PATIENCE)],
    )
    await meet()
    Atomics.add(me.own, 0, 1)
    // It has been everywhere else by now. Who comes again at once is the first, and gives up, which ends the meetings of all.
    if (me.name === 'victim' && me.round > LAST_MEETING) await orNothing(() => meeting.wait({ timeout: 0 }))
  },
  atEnd: async () => {},
}

const counter = {
  make: () => [new AtomicCounter(), words(1)],
  async use([count], me) {
    const before = count.load()
    count.add()
    Atomics.add(me.own, 0, 1)
    count.notify(me.round % 2 === 0 ? 1 : undefined)
    const wait = way(
      me,
      [() => count.blockingWait(before, PATIENCE), () => orNothing(() => count.blockingWait(count.load(), SOON))],
      [
        () => count.wait(before, PATIENCE),
        () => orNothing(() => count.wait(count.load(), SOON)),
        () => calledOff((options) => count.wait(count.load(), options)),
      ],
    )
    await wait()
  },
  async atEnd([count], { owned }) {
    must(count.load() - owned <= 1, `${count.load()} were counted, and not ${owned}`)
  },
}

/** For some milliseconds all send, so that the channel is full; then all receive, so that it is empty. */
const LONGER = { timeout: 6 }
const isFilling = () => Math.floor((performance.timeOrigin + performance.now()) / 4) % 2 === 0

const pipe = {
  make() {
    const [sender, receiver] = channel(2)
    return [sender, receiver]
  },
  /** Messages with a number that grows; every third has a text that does not fit into a slot. Whoever receives looks whether they do. */
  async use([sender, receiver], me) {
    sender.clone().dispose()
    if (isFilling()) {
      const value = { from: me.name, round: me.round, text: me.round % 3 === 0 ? 'x'.repeat(600) : '' }
      const send = way(
        me,
        [() => sender.blockingSend(value, LONGER), () => sender.blockingSend(value, LONGER)],
        [
          () => sender.send(value, LONGER),
          () => sender.trySend(value),
          () => calledOff((options) => sender.send(value, options)),
        ],
      )
      await orNothing(send)
      return
    }
    const receive = way(
      me,
      [() => receiver.blockingRecv(LONGER), () => receiver.blockingRecv(LONGER)],
      [() => receiver.recv(LONGER), () => receiver.tryRecv(), () => calledOff((options) => receiver.recv(options))],
    )
    const got = await orNothing(receive)
    if (!got?.ok) return
    const { from, round, text } = got.value
    must(text.length === (round % 3 === 0 ? 600 : 0), 'a message is not what was sent')
    me.seen ??= new Map()
    must(round > (me.seen.get(from) ?? -1), `the message ${round} of ${from} came after ${me.seen.get(from)}`)
    me.seen.set(from, round)
  },
  async atEnd([sender, receiver]) {
    // Two slots: the third message goes in when one was taken out, whatever the dead one has left.
    const sent = (async () => {
      for (let index = 0; index < 4; index++) must((await sender.send('end', PATIENCE)).ok, 'nothing can be sent')
      sender.close()
    })()
    let ends = 0
    for (let got = await receiver.recv(PATIENCE); got.ok; got = await receiver.recv(PATIENCE))
      if (got.value === 'end') ends++
    await sent
    must(ends === 4, `${ends} of 4 messages came`)
  },
}

export const USES = {
  mutex,
  semaphore,
  rwlock,
  condvar,
  once,
  'wait-group': waitGroup,
  barrier,
  atomic: counter,
  channel: pipe,
}
