// In a worker: drives a generator and sends what it yields, as far as the consumer has asked for it.

import { macrotask } from '#host'

import type { Packet } from '../codec/packet.ts'
import { encodeThrown } from '../codec/codec.ts'
import { decode, useReader } from '../codec/packet.ts'
import { cannotThrow } from '../errors.ts'
import { listen } from './port.ts'
import type { Outcome } from '../protocol.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import { packResult } from '../thread/result.ts'
import { runtimeState } from '../state.ts'
import type { Asked, Produced } from './stream-messages.ts'
import { readTable } from '../codec/table-reader.ts'
import type { ThreadContext } from '../thread/thread-context.ts'

type AnyIterator = Partial<Iterator<unknown, unknown>> | Partial<AsyncIterator<unknown, unknown>>
type Step = IteratorResult<unknown, unknown>

/** A generator that never awaits hands the loop back after so many milliseconds. */
const STRETCH = 10

// What is thrown into a generator is read at once.
useReader(readTable)

runtimeState().drivers.set('stream', (closure, args, context) => {
  const port = args.pop() as MessagePort
  return new Producer(port, context).run(closure(...args) as AnyIterator)
})

class Producer {
  readonly #port: MessagePort
  readonly #context: ThreadContext
  #epoch = 0
  #sent = 0
  #upTo = 0
  #call: Extract<Asked, { call: string }> | null = null
  /** The thread was aborted, or nobody is there any more: the generator is closed. */
  #closing = false
  #wake: () => void = () => {}

  constructor(port: MessagePort, context: ThreadContext) {
    this.#port = port
    this.#context = context
    const close = (): void => {
      this.#closing = true
      this.#wake()
    }
    listen(port, { message: (asked) => this.#hear(asked as Asked), closed: close })
    context.signal.addEventListener('abort', close)
  }

  #hear(asked: Asked): void {
    if (asked.epoch < this.#epoch) return
    if ('call' in asked) {
      this.#call = asked
    } else if (asked.epoch === this.#epoch && this.#call === null) this.#upTo = asked.upTo
    else if (this.#call?.epoch === asked.epoch) this.#call = { ...this.#call, upTo: asked.upTo }
    this.#wake()
  }

  async run(iterator: AnyIterator): Promise<void> {
    const { at, classes } = this.#context
    try {
      const value = await this.#drive(iterator)
      packResult(value, 'result', at, (packet) => this.#end({ kind: OUTCOME.DONE, packet }), classes)
    } catch (error) {
      const packet = encodeThrown(error, (what) => cannotThrow(what, at), classes)
      this.#end({ kind: OUTCOME.FAILED, packet })
    }
    // The consumer closes the port when it has read all.
  }

  /** Gives what the generator returned. */
  async #drive(iterator: AnyIterator): Promise<unknown> {
    let since = performance.now()
    for (;;) {
      while (this.#sent >= this.#upTo && this.#call === null && !this.#closing) {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        since = performance.now()
      }
      if (performance.now() - since > STRETCH) {
        await new Promise<void>(macrotask)
        since = performance.now()
      }
      if (this.#closing) return this.#close(iterator)
      const asked = this.#step(iterator)
      let step: Step
      if (asked instanceof Promise) {
        step = await asked
        since = performance.now()
      } else step = asked as Step
      if (step.done === true) return step.value
      try {
        this.#yield(step.value)
      } catch (error) {
        // Its `finally` runs, and the consumer hears what was wrong.
        await this.#close(iterator)
        throw error
      }
    }
  }

  #step(iterator: AnyIterator): Step | Promise<Step> {
    const call = this.#call
    if (call === null) return this.#enter(() => iterator.next!())
    this.#call = null
    this.#epoch = call.epoch
    this.#upTo = call.upTo
    this.#sent = 0
    const [given] = decode(call.packet, this.#context.classes)
    const [value] = call.call === 'return' ? (given as unknown[]) : [given]
    return this.#enter(() => (call.call === 'return' ? iterator.return!(value) : iterator.throw!(value)))
  }

  /** Closes the generator, also one that yields while it is being closed. */
  async #close(iterator: AnyIterator): Promise<unknown> {
    for (;;) {
      const step = await this.#enter(() => iterator.return!(undefined) as Step | Promise<Step>)
      if (step.done === true) return step.value
      await new Promise<void>(macrotask)
    }
  }

  #enter<T>(call: () => T): T {
    const { entering } = runtimeState()
    try {
      for (const enter of entering) enter(this.#context)
      return call()
    } finally {
      for (const enter of entering) enter(null)
    }
  }

  /** Sends it before the generator goes on: that may take long, or end the worker. */
  #yield(value: unknown): void {
    this.#sent++
    if (isPlain(value)) return this.#send([value], [])
    const send = (packet: Packet): void => this.#send([null], [[0, packet]], packet.transfer)
    packResult(value, 'yielded', this.#context.at, send, this.#context.classes)
  }

  #send(values: unknown[], packets: [number, Packet][], transfer?: Transferable[]): void {
    this.#post({ epoch: this.#epoch, values, packets }, transfer)
  }

  #post(message: Produced, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer)
  }

  #end(outcome: Outcome): void {
    this.#post({ epoch: this.#epoch, end: outcome }, outcome.packet?.transfer)
  }
}

/** What needs no help to be sent, and cannot change. */
function isPlain(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
}
