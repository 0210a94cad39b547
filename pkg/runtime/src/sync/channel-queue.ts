import { arena } from '../memory/arena.ts'
import { timedOut } from './wait-errors.ts'
import { HOST_LANE, WORKER_LANE, awaitToReceive, awaitToSend, passReceive, passSend } from './channel-algorithm.ts'
import type { ChannelCore } from './channel-core.ts'
import { SENDERS } from './holders-algorithm.ts'
import type { WaitOptions } from './wait-options.ts'
import type { WaitingRoom } from './waiter.ts'
import { Waiter } from './waiter.ts'

/** What a waiter gets now; undefined when it must wait. */
type Attempt = () => unknown

/** How to wait at either side, and how to pass a wake-up on. */
const SENDING = { wait: awaitToSend, pass: passSend }
const RECEIVING = { wait: awaitToReceive, pass: passReceive }

/**
 * Those in this thread who wait at one side of a channel, first-in first-out. However many they are, one wait of the engine stands for all of them. It takes nothing:
 * a message cannot be given back. So when it has ended, as many as can are served, and what is left is told to the next thread.
 */
export class ChannelQueue implements WaitingRoom<unknown> {
  private readonly core: ChannelCore
  private readonly sends: boolean
  private readonly side: typeof SENDING | typeof RECEIVING
  private readonly waiting = new Map<Waiter<unknown>, Attempt>()
  private serves = false

  /** @param kind SENDERS or RECEIVERS: who waits here. */
  constructor(core: ChannelCore, kind: number) {
    this.core = core
    this.sends = kind === SENDERS
    this.side = this.sends ? SENDING : RECEIVING
  }

  get empty(): boolean {
    return this.waiting.size === 0
  }

  get at(): number {
    return this.core.at
  }

  /** Waits behind those who wait here already. */
  wait(options: WaitOptions | undefined, attempt: Attempt): Promise<unknown> {
    const waiter = new Waiter<unknown>(this, options)
    this.waiting.set(waiter, attempt)
    if (!this.serves) void this.serve()
    return waiter.promise
  }

  left(waiter: Waiter<unknown>): void {
    this.waiting.delete(waiter)
    this.rest()
  }

  late(waited: number): Error {
    return timedOut('a `channel`', waited, this.sends ? 'which is full' : 'which is empty')
  }

  retry(): void {
    this.serveAll()
    this.rest()
  }

  private serveAll(): void {
    for (const [waiter, attempt] of this.waiting) {
      try {
        const result = attempt()
        if (result === undefined) return
        this.waiting.delete(waiter)
        waiter.resolve(result)
      } catch (error) {
        this.waiting.delete(waiter)
        waiter.reject(error)
      }
    }
  }

  /** A wait for memory that nobody needs would keep the next one here from waiting for a slot. */
  private rest(): void {
    if (this.sends && this.waiting.size === 0 && this.core.starves > 0) this.core.forgetMemory()
  }

  private async serve(): Promise<void> {
    this.serves = true
    const lane = arena().host ? HOST_LANE : WORKER_LANE
    while (this.waiting.size > 0) {
      await this.change(lane)
    }
    this.serves = false
  }

  private change(lane: number): Promise<void> {
    const { words, at, ring, limit, bits } = this.core
    const serves = (): void => {
      this.retry()
      this.pass()
    }
    if (this.sends && this.core.starves > 0) return this.core.awaitMemory().then(serves)
    return this.side.wait(words, at, ring, 0, limit, bits, lane, serves)
  }

  private pass(): void {
    const { words, at, ring, limit, bits } = this.core
    this.side.pass(words, at, ring, 0, limit, bits)
  }
}
