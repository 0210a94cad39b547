// Inside a worker: decides when the tasks start that the host sends and those that are spawned here, and tells how they end.
//
// What waits is started one after the other. When one does not end at once, the loop has to come round before the next is
// started, which shows that the tasks here are all suspended.

import { clock, heapUsed, holdLife, macrotask } from '#host'

import { lifeOf, shareState } from '../memory/joined.ts'
import { Children, ownOutcome } from './children.ts'
import type { Chunk, Loader, LoadFailure } from './chunks.ts'
import { Chunks } from './chunks.ts'
import type { Packet } from '../codec/packet.ts'
import { briefly } from '../codec/brief.ts'
import { release } from '../loading/crossing.ts'
import { hostOnly, messageUnreadable } from '../errors.ts'
import type { Scheduler } from './execution.ts'
import { Execution } from './execution.ts'
import type { WorkerPort } from '../host/host.ts'
import { Link } from '../pool/link.ts'
import { toSettled } from '../loading/load.ts'
import type { Claim, Entry, Outcome, TaskRequest } from '../protocol.ts'
import * as MESSAGE from '../message-kinds.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import { TaskQueue } from '../pool/queue.ts'
import { TaskTable } from '../pool/task-table.ts'
import type { Spawner, Stats, TaskContext, TaskHandle, TaskOwner } from '../state.ts'
import { runtimeState } from '../state.ts'
import { claim } from '../sync/claim-algorithm.ts'
import type { Called } from '../pool/ring-records.ts'
import type { WorkerRing } from './ring-end.ts'
import { abortFor, WorkerTask } from './worker-task.ts'

/** How long a worker starts one task after the other before its loop turns. Milliseconds. */
const STRETCH = 2

/** How often the size of the heap is looked at. Milliseconds. */
const WEIGH_EVERY = 100

export class Runner implements Spawner, Scheduler {
  base = ''
  readonly #port: WorkerPort
  readonly #link: Link
  /** Where small answers go; null until the host has opened the way. */
  #ring: WorkerRing | null = null
  readonly #adopt: (arena: unknown) => void
  readonly #chunks: Chunks
  readonly #execution: Execution
  readonly #children: Children
  readonly #hear = (entry: Entry): void => this.#handle(entry)
  readonly #context: TaskContext
  readonly #state = runtimeState()
  /** The shared memory in which claims lie. */
  #words: Int32Array = new Int32Array(0)
  /** What may be started here. */
  readonly #queue = new TaskQueue<WorkerTask>()
  /** What the host has sent and has not ended, by its numbers. */
  readonly #given = new TaskTable<WorkerTask>()
  /** How many have been started and have not ended. */
  #running = 0
  /** Tasks for which something is being loaded: they have not started, so the loop counts as taken. */
  #loading = 0
  /** The host knows that this worker can start one more task. */
  #asked = true
  #maxHeap = Infinity
  /** The pool is to be shut down. */
  #leaving = false
  /** When the size of the heap was last looked at. */
  #weighed = 0
  #turnsSoon = false
  /** Also until this worker has begun. */
  #working = true
  /** When this stretch of work began. */
  #since = 0

  /** `context` is what this agent is told of the tasks that run in it. */
  constructor(port: WorkerPort, load: Loader, adopt: (arena: unknown) => void, context: TaskContext) {
    this.#context = context
    this.#chunks = new Chunks(load)
    this.#execution = new Execution(this.#chunks, this)
    this.#adopt = adopt
    this.#port = port
    this.#link = new Link(port.post, () => this.#link.send([MESSAGE.LOST]))
    this.#children = new Children(this.#link, (task) => {
      this.#queue.add(task)
      this.turnSoon()
    })
    port.closing(() => this.#link.send([MESSAGE.CLOSING]))
    port.uncaught((error) => {
      // The host ends this worker as soon as it hears of it.
      this.#link.send([MESSAGE.UNCAUGHT, this.#execution.packUncaught(error)])
    })
    port.listen(
      (data) => {
        this.#since = clock()
        if (typeof data === 'number') this.#knocked()
        else this.#link.receive(data, this.#hear)
        this.#work()
      },
      () => this.#link.unreadable(),
    )
  }

  get load(): Loader {
    return this.#chunks.load
  }

  /** From now on chunks are loaded in this way, and asked for each time they are needed. */
  loadWith(load: Loader): void {
    this.#chunks.load = load
    this.#chunks.fresh = new WeakMap()
  }

  /** A message says only that there is a task in shared memory. */
  #knocked(): void {
    const call = this.#ring?.knocked() ?? null
    if (call === null) return
    this.#link.knocked()
    this.#acceptCall(call)
  }

  #acceptCall({ seen, id, head, claim: claimed, values }: Called): void {
    this.#link.confirm(seen)
    this.#accept(id, { head: this.#link.head(head), load: values }, claimed)
  }

  #handle(entry: Entry): void {
    switch (entry[0]) {
      case MESSAGE.BOOT: {
        const [, base, shared, claims, maxHeap] = entry
        this.base = base
        this.#maxHeap = maxHeap
        this.#chunks.base = base
        // Before any module of the user is loaded: it may declare shared things.
        this.#adopt(shared)
        this.#words = shareState().arena?.words ?? this.#words
        if (claims !== null) this.#children.lend(this.#words, claims)
        holdLife(lifeOf(shared), () => this.#begin())
        break
      }
      case MESSAGE.RUN: {
        const [, id, head, slot, word, load, recipes] = entry
        this.#accept(id, { head: this.#link.head(head), load, recipes }, { slot, word })
        break
      }
      case MESSAGE.RUN_FLAT: {
        const [, id, head, slot, word, count] = entry
        const values = [entry.slice(6, 6 + count), entry.slice(6 + count)]
        this.#accept(id, { head: this.#link.head(head), load: { values } }, { slot, word })
        break
      }
      case MESSAGE.RUNS:
        this.#acceptAll(entry)
        break
      case MESSAGE.RING:
        this.#openRing(entry[1])
        break
      case MESSAGE.LEAVE:
        this.#leaving = true
        leave()
        break
      case MESSAGE.ABORT:
        this.#abort(entry[1], entry[2])
        break
      case MESSAGE.RESULT:
        this.#children.ended(entry[1], { kind: OUTCOME.DONE, packet: null, value: entry[2] })
        break
      case MESSAGE.SETTLED:
        this.#children.ended(entry[1], { kind: entry[2], packet: entry[3] })
        break
      default:
    }
  }

  /** What does not load is not missed: all goes by message then. */
  #openRing(at: number): void {
    import('./ring-end.ts').then(
      (part) => {
        // No entry: it only makes the host look.
        this.#ring = new part.WorkerRing(this.#words, at, () => this.#port.post(null, []))
      },
      () => {},
    )
  }

  /** From now on others would hear of the end of this worker, so it may run what users wrote. */
  #begin(): void {
    this.#working = false
    this.#link.send([MESSAGE.READY])
    this.#since = clock()
    this.#work()
  }

  #accept(id: number, request: TaskRequest, claimed: Claim): void {
    this.#asked = false
    const task = new WorkerTask(id, request, claimed, false)
    this.#given.add(task)
    this.#queue.add(task, this.#since)
  }

  #acceptAll(entry: Extract<Entry, { 0: typeof MESSAGE.RUNS }>): void {
    const flat: readonly unknown[] = entry
    const head = this.#link.head(entry[1])
    for (let at = 3; at < flat.length;) {
      const id = flat[at++] as number
      const claimed = { slot: flat[at++] as number, word: flat[at++] as number }
      const load = flat.slice(at, (at += entry[2]))
      this.#accept(id, { head, load }, claimed)
    }
  }

  #abort(id: number, reason: Packet): void {
    const task = this.#given.get(id)
    if (task !== undefined) {
      task.aborted = true
      abortFor(task, reason)
    }
    this.#link.send([MESSAGE.TURNED, id])
  }

  /** Starts what waits, one after the other, until one does not end at once or the loop has to turn. */
  #work(): void {
    if (this.#working || this.#execution.untold > 0) return
    this.#working = true
    let started = false
    for (let task = this.#next(); task !== undefined; task = this.#next()) {
      if (clock() - this.#since > STRETCH) break
      this.#queue.remove(task)
      const chunk = this.#ready(task)
      if (chunk === null) continue
      // What has ended is told before anything else starts: that may take long, or end the worker.
      this.#link.flush()
      this.#execution.run(task, chunk.run, this.#words)
      started = true
      if (task.runs) break
    }
    this.#working = false
    if (started && this.#running === 0) this.#weigh()
    if (this.#queue.size > 0 || (started && this.#running > 0)) this.turnSoon()
    this.#link.flush()
  }

  #next(): WorkerTask | undefined {
    const task = this.#queue.peek()
    if (task !== undefined || this.#ring === null) return task
    return this.#listen(this.#ring)
  }

  /** With nothing left to do, waits a moment for the next task: the host may give it without a message. */
  #listen(ring: WorkerRing): WorkerTask | undefined {
    if (this.#running > 0 || this.#loading > 0 || this.#leaving) return undefined
    if (clock() - this.#since > STRETCH) return undefined
    this.#link.flush()
    const call = ring.listen(this.#link.received)
    if (call === null) return undefined
    this.#acceptCall(call)
    return this.#queue.peek()
  }

  /** Claims a task when all is here that it needs. Null when it is not ours, or when something has to be loaded first. */
  #ready(task: WorkerTask): Chunk | null {
    const chunk = this.#chunks.get(task)
    if (chunk instanceof Promise) {
      // It is claimed afterwards: meanwhile it may run elsewhere, and if loading ends the worker it has not started.
      this.#loading++
      void this.#runLater(task, chunk)
      return null
    }
    if (!this.#take(task)) return null
    task.classes = chunk.classes
    task.runs = true
    this.#running++
    this.#publish(task.head.dedicated)
    return chunk
  }

  #take(task: WorkerTask): boolean {
    if (task.isChild) {
      if (!this.#children.take(task)) return false
      this.#asked = false
      return true
    }
    const { slot, word } = task.claim
    if (slot < 0 || claim(this.#words, slot, word)) return true
    this.#given.delete(task.id)
    return false
  }

  async #runLater(task: WorkerTask, loading: Promise<Chunk>): Promise<void> {
    try {
      await loading
      this.#queue.add(task)
    } catch (failure) {
      if (this.#take(task)) this.#execution.notLoaded(task, failure as LoadFailure)
    }
    this.#loading--
    this.#work()
    this.turnSoon()
  }

  #publish(dedicated: boolean): void {
    this.#context.unsettled = this.#running
    this.#context.dedicated = dedicated
  }

  settle(task: WorkerTask, outcome: Outcome): void {
    this.ending(task)
    this.ended(task, this.post(task, outcome))
  }

  ending(task: WorkerTask): void {
    if (task.context?.holds === true) release(task.context)
    if (this.#running === 1 && task.runs) this.#emptied(task)
  }

  post(task: WorkerTask, outcome: Outcome): Outcome {
    if (task.isChild) return ownOutcome(outcome)
    this.#report(task, outcome)
    return outcome
  }

  ended(task: WorkerTask, told: Outcome): void {
    if (task.isChild) this.#children.endedHere(task, told)
    if (task.runs) this.#running--
    task.runs = false
    if (!task.isChild) this.#given.delete(task.id)
    this.#publish(this.#context.dedicated && this.#running > 0)
    if (this.#leaving) leave()
    if (this.#working) return
    if (this.#running > 0) {
      // At once: another thread may go on in this very turn, for as long as it likes.
      this.#link.flush()
      this.turnSoon()
    } else if (this.#queue.size > 0) {
      this.#work()
    } else {
      // The host takes the end of the only task for the question.
      this.#asked = true
      this.#weigh()
      this.#link.flush()
      // It may be called.
      if (this.#ring !== null) this.#work()
    }
  }

  /** Before anybody hears of the end of the last task: what was still held is free then. */
  #emptied({ head }: WorkerTask): void {
    const { task, emptied } = this.#state
    // A host that runs threads itself goes on, with what it holds.
    if (this.#context !== task) return
    for (const each of emptied) each(head)
  }

  /** Looks at the size of the heap once in a while, if it matters. */
  #weigh(): void {
    if (this.#maxHeap === Infinity || clock() - this.#weighed < WEIGH_EVERY) return
    this.#weighed = clock()
    if (heapUsed() > this.#maxHeap) this.#link.add([MESSAGE.HEAVY])
  }

  #report({ id, head }: WorkerTask, outcome: Outcome): void {
    const { kind, packet, value } = outcome
    if (kind === OUTCOME.DONE && packet === null && !this.#link.holds) {
      if (this.#ring?.answer(id, value, this.#link.sent, this.#link.received) === true) return
    }
    const { entry, small } = toSettled(id, outcome)
    if (small) return this.#link.add(entry)
    this.#link.send(entry, outcome.packet?.transfer, () => {
      this.#link.send([MESSAGE.SETTLED, id, OUTCOME.FAILED, briefly(messageUnreadable('result', head.at))])
    })
  }

  /** Goes on when the loop has come round, and asks for more when nothing is left. */
  turnSoon(): void {
    if (this.#turnsSoon) return
    this.#turnsSoon = true
    macrotask(() => {
      this.#turnsSoon = false
      this.#link.flush()
      this.#since = clock()
      this.#work()
      if (this.#asked || this.#queue.size > 0 || this.#loading > 0 || this.#execution.untold > 0 || this.#running === 0)
        return
      this.#asked = true
      this.#link.send([MESSAGE.PULL])
    })
  }

  start(request: TaskRequest, owner: TaskOwner): TaskHandle {
    return this.#children.start(request, owner, !this.#context.dedicated)
  }

  // They are the host's.
  settingsChanged(): void {}

  recycle(): void {}

  shutdown(): Promise<void> {
    throw hostOnly('shutdown')
  }

  stats(): Stats {
    throw hostOnly('stats')
  }

  queueReady(): Promise<void> {
    throw hostOnly('ready')
  }
}

/** What a thread has left behind is closed. */
function leave(): void {
  for (const each of runtimeState().leaving) each()
}
