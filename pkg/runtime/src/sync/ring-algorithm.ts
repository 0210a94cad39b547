/**
 * The words through which a host and a worker hand each other small tasks and small answers without messages.
 *
 * *Answers.* A worker writes them behind each other and then says how far it has come. The host either looks by itself, or sleeps and wants a message: the worker
 * posts one for the first answer after the host has fallen asleep, and none until it sleeps again.
 *
 * *A call.* A worker that has run out of work listens for a moment. Who swaps the word in which it says so has called it, or has left. The word also holds how many
 * messages the worker has received, so that a host that has posted more cannot call: what it posted comes first.
 *
 * *A knock.* A task for a worker that does not listen is written too, in a place of its own, and then a message is posted that only says so. The next one may be written
 * when the worker has heard of the last.
 *
 *   words[at + ANSWERS]   how far the answers go; only the worker writes it
 *   words[at + HOST]      LOOKS or SLEEPS
 *   words[at + HEARD]     of how many knocks the worker has heard; only the worker writes it
 *   words[at + TAKEN]     how far the host has taken them; only the host writes it
 *   words[at + EAGER]     not 0 while the worker is to listen; only the host writes it
 *   words[at + KNOCKS]    how many knocks there have been; only the host writes it
 *   words[at + WORKER]    AWAY, CALLED, or LISTENS with the count of messages above
 */

export const ANSWERS = 0
export const HOST = 1
export const HEARD = 2
export const TAKEN = 16
export const EAGER = 17
export const KNOCKS = 18
export const WORKER = 32

const LOOKS = 0
const SLEEPS = 1

const AWAY = 0
const LISTENS = 1
const CALLED = 2
const STATE_BITS = 2

/** What a worker says that listens and has received so many messages. */
function listening(messages: number): number {
  return (messages << STATE_BITS) | LISTENS
}

/** A ring that nobody uses: as at the start, with a host that sleeps. */
export function reset(words: Int32Array, at: number): void {
  Atomics.store(words, at + ANSWERS, 0)
  Atomics.store(words, at + HOST, SLEEPS)
  // Nobody hears of knocks until the worker says so.
  Atomics.store(words, at + HEARD, -1)
  Atomics.store(words, at + TAKEN, 0)
  Atomics.store(words, at + EAGER, 0)
  Atomics.store(words, at + KNOCKS, 0)
  Atomics.store(words, at + WORKER, AWAY)
}

/** The worker's: the answers go so far now. True when a message has to be posted. */
export function publish(words: Int32Array, at: number, position: number): boolean {
  Atomics.store(words, at + ANSWERS, position)
  if (Atomics.load(words, at + HOST) !== SLEEPS) return false
  return Atomics.compareExchange(words, at + HOST, SLEEPS, LOOKS) === SLEEPS
}

/** The host's: from now on it wants a message. False when there are more answers than it has seen, and it has to look once more. */
export function fallAsleep(words: Int32Array, at: number, seen: number): boolean {
  Atomics.store(words, at + HOST, SLEEPS)
  return Atomics.load(words, at + ANSWERS) === seen
}

/** The host's: it will look by itself. Only while there is nothing to answer. */
export function stayAwake(words: Int32Array, at: number): void {
  Atomics.store(words, at + HOST, LOOKS)
}

/** The host's: looks for an answer at most so often. */
export function awaitAnswer(words: Int32Array, at: number, seen: number, times: number): boolean {
  for (let time = 0; time < times; time++) {
    if (Atomics.load(words, at + ANSWERS) !== seen) return true
  }
  return false
}

/** The worker's: listens for a call, at most so often. True when it was called: the task is there. */
export function listen(words: Int32Array, at: number, received: number, times: number): boolean {
  const listens = listening(received)
  Atomics.store(words, at + WORKER, listens)
  for (let time = 0; time < times; time++) {
    if (Atomics.load(words, at + WORKER) !== listens) break
  }
  return Atomics.exchange(words, at + WORKER, AWAY) === CALLED
}

/** The host's: whether the worker listens and has received all that was posted. The task may be written then. */
export function canCall(words: Int32Array, at: number, sent: number): boolean {
  return Atomics.load(words, at + WORKER) === listening(sent)
}

/** The host's: calls the worker, when the task has been written. False when it has left. */
export function call(words: Int32Array, at: number, sent: number): boolean {
  const listens = listening(sent)
  return Atomics.compareExchange(words, at + WORKER, listens, CALLED) === listens
}

/** The host's, when it has posted a message: a worker that listens goes back to its loop. `sent`: how many there were before. */
export function dismiss(words: Int32Array, at: number, sent: number): void {
  Atomics.compareExchange(words, at + WORKER, listening(sent), AWAY)
}

/** The host's: whether the worker has heard of all knocks. A task may be written then. */
export function canKnock(words: Int32Array, at: number): boolean {
  return Atomics.load(words, at + HEARD) === Atomics.load(words, at + KNOCKS)
}

/** The host's: a task has been written, and the message that says so is about to be posted. */
export function knock(words: Int32Array, at: number): void {
  Atomics.add(words, at + KNOCKS, 1)
}

/** The worker's: whether there is a task of which it has not heard. */
export function isKnocked(words: Int32Array, at: number): boolean {
  return Atomics.load(words, at + HEARD) !== Atomics.load(words, at + KNOCKS)
}

/** The worker's: it has read the task; at first, that it hears of tasks from now on. */
export function hear(words: Int32Array, at: number): void {
  Atomics.store(words, at + HEARD, Atomics.load(words, at + KNOCKS))
}
