// Worker modules as the compiler writes them, for channels: `channels.mjs?run=produce` is the module of `produce`.

import { channel, Mutex } from 'experimental-threads'
import { $classes, $shared } from 'experimental-threads/internal'
import { Point } from './point.mjs'

// As a site does that lists the class.
$classes([['Point_1', () => Point]])

const [jobs, work] = $shared(channel, 'jobs', 'h1', () => [4])
const [moved] = $shared(channel, 'moved', 'h1', () => [4])

const runs = {
  /** Sends so many messages of a size, blocking. How many went through. */
  sendsLarge: (tx, size, count) => () => {
    let sent = 0
    while (sent < count && tx.blockingSend(new Uint8Array(size), { timeout: 20_000 }).ok) sent++
    return sent
  },

  /** Dies with all ends of a channel in its hands, and a message in it. */
  diesWithChannel: () => async () => {
    const [tx] = channel(256)
    await tx.send(new Uint8Array(200_000))
    process.exit(3)
  },

  /** Sends numbers from `first` on, in one of three ways. */
  produce: (tx, first, count, how) => async () => {
    for (let value = first; value < first + count; value++) {
      if (how === 'block') tx.blockingSend(value)
      else if (how === 'await') await tx.send(value)
      else while (!tx.trySend(value).ok) await new Promise((resolve) => setImmediate(resolve))
    }
  },

  /** Receives until the channel is closed. */
  consume: (rx, how) => async () => {
    const got = []
    if (how === 'await') for await (const value of rx) got.push(value)
    else for (let result = rx.blockingRecv(); result.ok; result = rx.blockingRecv()) got.push(result.value)
    return got
  },

  /** Sends back what it receives. */
  echo: (rx, tx) => async () => {
    for await (const value of rx) await tx.send(value)
  },

  /** Answers requests, each on the sender that came with it. */
  serve: (rx) => async () => {
    for await (const { question, answer } of rx) {
      await answer.send(question * 2)
      answer.close()
    }
  },

  /** Receives through the module's own channel, and sends what it got through another. */
  useModule: (results) => async () => {
    for await (const value of work) await results.send(value + 1)
  },

  /** Sends into the module's own channel. */
  feedModule: (count) => async () => {
    for (let value = 0; value < count; value++) await jobs.send(value)
  },

  /** Sends through the module's sender that has moved to another thread. */
  useMoved: () => async () => {
    const { error } = await moved.send(1)
    return error.code
  },

  /** Sends through a sender that came in a message, and gives it back. */
  answer: (rx) => async () => {
    for await (const tx of rx) {
      await tx.send('answer')
      tx.dispose()
    }
  },

  /** Gives back an end. */
  giveBack: (tx) => async () => {
    await tx.send('from the thread')
    return tx
  },

  /** Holds an end until it is killed. */
  die: (tx, words) => async () => {
    await tx.send('last words')
    Atomics.store(words, 0, 1)
    Atomics.notify(words, 0)
    await new Promise(() => {})
  },

  exit: (end, words) => async () => {
    Atomics.store(words, 0, 1)
    Atomics.notify(words, 0)
    Atomics.wait(words, 1, 0)
    process.exit(1)
  },

  blockHere: (rx) => () => rx.blockingRecv(),

  /** Mirrors a point that came through a channel. */
  mirror: (rx, tx) => async () => {
    for await (const { point } of rx) await tx.send({ point: point.mirrored() })
  },

  /** Increments under a mutex that came through a channel. */
  countIn: (rx) => async () => {
    const { value: mutex } = await rx.recv()
    const guard = await mutex.lock()
    guard.value[0]++
    guard.unlock()
    return mutex instanceof Mutex
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run') ?? 'produce']
export { $run as run }
