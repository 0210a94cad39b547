// One end of the way between a host and a worker. What is told in one turn travels in one message; messages are counted,
// so that one that cannot be read on the other side can still be told from the others.

import type { Claim, Entry, TaskHead } from '../protocol.ts'
import * as MESSAGE from '../message-kinds.ts'
import type { Transferable } from '../platform-types.ts'

/** How many heads are remembered. */
const MOST_HEADS = 4096

/** The message that says nothing. */
const KNOCK = 0

type Message = [seen: number, ...entries: Entry[]]

type Runs = Extract<Entry, { 0: typeof MESSAGE.RUNS }>

export class Link {
  readonly #post: (message: unknown, transfer: Transferable[]) => void
  readonly #lost: () => void
  #sent = 0
  #received = 0
  /** What leaves at the end of this turn. */
  #waiting: Message | null = null
  /** The last entry that waits, while it can take one more task. */
  #runs: Runs | null = null
  #leavesSoon = false
  /** What to do when a message cannot be read, for those that the other side has not confirmed. */
  #recoveries: { number: number; recover: () => void }[] = []
  /** Heads that the other side knows, with their numbers, and those that it has told. */
  readonly #told = new Map<TaskHead, number>()
  readonly #heard: TaskHead[] = []

  /** `lost` is called when the other side could not read a message for which nothing can be done. */
  constructor(post: (message: unknown, transfer: Transferable[]) => void, lost: () => void) {
    this.#post = post
    this.#lost = lost
  }

  /** How many messages have been posted; those that wait are not among them. */
  get sent(): number {
    return this.#sent
  }

  /** How many messages have arrived. */
  get received(): number {
    return this.#received
  }

  /** Something waits for the end of this turn. */
  get holds(): boolean {
    return this.#waiting !== null
  }

  /**
   * Tells something at the end of this turn, in one message with the rest. Only for entries of primitives, which surely
   * can be cloned and read.
   */
  add(entry: Entry): void {
    this.#runs = null
    if (this.#waiting === null) this.#waiting = [0, entry]
    else this.#waiting.push(entry)
  }

  /** The same for a task whose values are few primitives: those that follow each other with the same head share an entry. */
  addRun(head: TaskHead, id: number, { slot, word }: Claim, values: readonly unknown[]): void {
    const number = this.numberOf(head)
    let runs = this.#runs
    if (runs === null || runs[1] !== number || runs[2] !== values.length) {
      runs = [MESSAGE.RUNS, number, values.length]
      this.add(runs)
      this.#runs = runs
    }
    runs.push(id, slot, word)
    for (const value of values) runs.push(value)
  }

  /** Sends what waits when this turn ends. */
  flushSoon(): void {
    if (this.#leavesSoon || this.#waiting === null) return
    this.#leavesSoon = true
    queueMicrotask(() => {
      this.#leavesSoon = false
      this.flush()
    })
  }

  /** Sends what waits, now. */
  flush(): void {
    const message = this.#waiting
    if (message === null) return
    this.#waiting = null
    this.#runs = null
    message[0] = this.#received
    this.#post(message, [])
    this.#sent++
  }

  /**
   * Sends one entry now, in a message of its own: when it cannot be cloned this throws, and nothing else is lost.
   * `recover` is called if the other side reports that it could not read it.
   */
  send(entry: Entry, transfer: Transferable[] = [], recover?: () => void): void {
    this.flush()
    this.#post([this.#received, entry], transfer)
    this.#sent++
    if (recover !== undefined) this.#recoveries.push({ number: this.#sent, recover })
  }

  /** Says that there is something in shared memory, in a message of its own that says nothing else. */
  knock(): void {
    this.flush()
    this.#post(KNOCK, [])
    this.#sent++
  }

  /** Such a message has arrived. */
  knocked(): void {
    this.#received++
  }

  /** The number of a head that the other side knows; -1 for any other. */
  known(head: TaskHead): number {
    return this.#told.get(head) ?? -1
  }

  /** The number that stands for a head; tells the other side first, if it does not know it. */
  numberOf(head: TaskHead): number {
    const known = this.#told.get(head)
    if (known !== undefined) return known
    // Calls that give names of their own make a head each.
    if (this.#told.size === MOST_HEADS) this.#told.clear()
    const number = this.#told.size
    this.#told.set(head, number)
    this.add([MESSAGE.HEAD, number, head])
    return number
  }

  /** The head that a number of the other side stands for. */
  head(number: number): TaskHead {
    return this.#heard[number]!
  }

  /** Takes what has arrived: nothing when it is not ours. */
  receive(data: unknown, handle: (entry: Entry) => void): void {
    if (!isMessage(data)) return
    this.#received++
    for (let index = 1; index < data.length; index++) {
      const entry = data[index] as Entry
      if (entry[0] === MESSAGE.HEAD) this.#heard[entry[1]] = entry[2]
      else if (entry[0] === MESSAGE.UNREADABLE) this.#recover(entry[1])
      else handle(entry)
    }
    this.confirm(data[0])
  }

  /** A message has arrived that could not be read. */
  unreadable(): void {
    this.#received++
    this.send([MESSAGE.UNREADABLE, this.#received])
  }

  #recover(number: number): void {
    const recovery = this.#recoveries.find((entry) => entry.number === number)
    if (recovery === undefined) this.#lost()
    else recovery.recover()
  }

  /** The other side has received so many messages. */
  confirm(seen: number): void {
    let confirmed = 0
    while (confirmed < this.#recoveries.length && this.#recoveries[confirmed]!.number <= seen) confirmed++
    if (confirmed > 0) this.#recoveries.splice(0, confirmed)
  }
}

function isMessage(data: unknown): data is Message {
  if (!Array.isArray(data) || typeof data[0] !== 'number' || data.length < 2) return false
  for (let index = 1; index < data.length; index++) {
    const entry: unknown = data[index]
    if (!Array.isArray(entry) || typeof entry[0] !== 'number') return false
  }
  return true
}
