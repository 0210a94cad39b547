// One end of the way between a host and a worker: counts messages, so that one that cannot be read on the other side
// can still be told from the others.

import type { Message } from './protocol.ts'
import { MESSAGE } from './protocol.ts'

type Numbered = Message & { seen: number }

export class Link {
  readonly #post: (message: unknown, transfer: Transferable[]) => void
  #sent = 0
  #received = 0
  /** What to do when a message cannot be read, for those that the other side has not confirmed. */
  #recoveries: { number: number; recover: () => void }[] = []

  constructor(post: (message: unknown, transfer: Transferable[]) => void) {
    this.#post = post
  }

  /** Posts a message. `recover` is called if the other side reports that it could not read it. */
  send(message: Message, transfer: Transferable[] = [], recover?: () => void): void {
    ;(message as Numbered).seen = this.#received
    this.#post(message, transfer)
    this.#sent++
    if (recover !== undefined) this.#recoveries.push({ number: this.#sent, recover })
  }

  /** Takes what has arrived. Null when it was meant for the link itself, or is not ours. */
  receive(data: unknown): Message | null {
    if (typeof data !== 'object' || data === null || typeof (data as Numbered).seen !== 'number') return null
    const message = data as Numbered
    this.#received++
    if (message.kind === MESSAGE.UNREADABLE) this.#recover(message.number)
    this.#confirm(message.seen)
    return message.kind === MESSAGE.UNREADABLE ? null : message
  }

  /** A message has arrived that could not be read. */
  unreadable(): void {
    this.#received++
    this.send({ kind: MESSAGE.UNREADABLE, number: this.#received })
  }

  #recover(number: number): void {
    this.#recoveries.find((entry) => entry.number === number)?.recover()
  }

  #confirm(seen: number): void {
    let confirmed = 0
    while (confirmed < this.#recoveries.length && this.#recoveries[confirmed]!.number <= seen) confirmed++
    if (confirmed > 0) this.#recoveries.splice(0, confirmed)
  }
}
