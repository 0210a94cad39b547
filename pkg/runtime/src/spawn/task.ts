// Closures as values.

import { resolveAddress } from '../loading/address.ts'
import { $classes } from '../codec/class-table.ts'
import type { Packet } from '../codec/packet.ts'
import { encode } from '../codec/codec.ts'
import { clonePacket, decode, missingForTravels, registerTravel, useReader } from '../codec/packet.ts'
import { checkProtocol, fromCall, loadingOf, notKnown, spawner } from './control.ts'
import { across } from '../loading/crossing.ts'
import type { Job, Runnable } from './job.ts'
import { isTask, JOB } from './marks.ts'
import { pack } from './outgoing.ts'
import type { Site } from '../protocol.ts'
import type { Given, Special } from './spawn.ts'
import { nameOf } from './site-name.ts'
import { readTable } from '../codec/table-reader.ts'
import type { Travellers } from '../codec/travellers.ts'

// Copies are made at once.
useReader(readTable)

/**
 * A closure that can be passed, stored, sent to threads and run by `spawn` and `parallelMap`, as often as wanted.
 *
 * It holds the values that it captured when `task()` ran. Each run gets copies of them. `A` is what the closure takes, `R` what a
 * thread gives for it: promises and `move()` are taken off, generators are not.
 *
 * ```ts
 * const job: Task<[number], string> = task((n: number) => render(scene, n))
 * const frames = await Promise.all([spawn(move(1), job), spawn(move(2), job)])
 * ```
 */
export class Task<A extends unknown[] = never[], R = unknown> {
  /** The name of its threads, unless `spawn` is given another. */
  readonly name: string
  /** Only a type: what the closure takes, and what a thread gives. */
  declare protected readonly closure: (...args: A) => R

  static {
    // Under two tags, so that a worker loads what runs generators only for those.
    for (const streams of [false, true]) {
      registerTravel<Runnable, PortableJob>({
        tag: streams ? 'streamTask' : 'task',
        test: (value) => isTask(value) && (value[JOB]().site.stream !== undefined) === streams,
        encode: (task) => portable(task[JOB]()),
        decode: (job) => new Task(revived(job)) as unknown as Runnable,
        missing: missingFor,
      })
    }
  }

  /** Tasks are made by `task`. */
  constructor(job: Job) {
    this.name = nameOf(job.site)
    Object.defineProperty(this, JOB, { value: (copies = false) => (copies ? snapshot(job) : job) })
  }

  get [Symbol.toStringTag](): string {
    return 'Task'
  }
}

/**
 * Makes a value of a closure: `spawn` runs it, as often as wanted, wherever the value has come to.
 *
 * The build plugin lifts the closure where it is written. What it captures is copied when `task()` runs.
 *
 * ```ts
 * const runLimited = <A extends unknown[], R>(job: Task<A, R>, ...args: A) => limit(() => spawn(move(...args), job))
 * await runLimited(task((path: string) => index(path)), 'README.md')
 * ```
 *
 * Throws `SendError` (R502) when a captured value cannot be sent, R560 for a function that is not written in the call and
 * not known to the build, R501 without the plugin.
 */
export function task<A extends unknown[], S extends Special>(
  closure: (...args: A) => S | PromiseLike<S>,
): Task<A, Given<S>>
export function task<A extends unknown[], R>(closure: (...args: A) => R | PromiseLike<R>): Task<A, R>
export function task<A extends unknown[], T>(closure: (...args: A) => T): Task<A, Given<T>>
export function task(closure: unknown): Task {
  throw notKnown('task', closure)
}

/** What a transformed `task` calls. */
export function $task(site: Site, captures: unknown[]): Task {
  checkProtocol(site)
  try {
    return new Task(snapshot({ site, captures, recipes: [] }))
  } catch (error) {
    throw fromCall(error, $task)
  }
}

/** A copy that later changes of the captured values do not reach. */
function snapshot(job: Job): Job {
  const { site, captures, recipes: made } = job
  if (captures.every((value) => typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol'))
    return { site, captures: [...captures], recipes: made }
  const crossing = { at: site.at, ports: [], releases: [], keep: [] }
  return across(crossing, () =>
    pack({ site, args: [], captures, transfer: [], base: spawner().base }, (packet, recipes) => {
      const [, copies] = decode(clonePacket(packet), site.classes) as [unknown[], unknown[]]
      return { site, captures: copies, recipes: made.length > 0 ? made : recipes }
    }),
  )
}

/**
 * A job on its way. Its values are a packet in the packet: their classes are those of the task's own site, and not of the
 * call that sends the task. A table of classes cannot be cloned, their keys can.
 */
interface PortableJob extends Pick<Job, 'recipes'> {
  readonly site: Site & { readonly classKeys?: readonly string[] }
  readonly packet: Packet
}

/** The same job, with an address that means the same in every thread. */
function portable({ site, captures, recipes }: Job): PortableJob {
  const load = resolveAddress(site.load, spawner().base, site.at)
  // What may be made again has been decided.
  const { recipes: _decided, remade: _said, classes, stream, ...rest } = site
  const classKeys = classes === undefined ? {} : { classKeys: classes.keys }
  const names = (index: number): string => site.captures[index] ?? '?'
  // Ports that go with the values go with the packet around this one.
  const { transfer: _ports, ...packet } = encode({ values: captures, roots: captures, names, transfer: [], classes })
  return { site: { ...rest, ...classKeys, load, ...(stream && { stream: true }) }, packet, recipes }
}

function revived({ site, packet, recipes }: PortableJob): Job {
  const { classKeys: _keys, ...rest } = site
  const classes = classesOf(site)
  return {
    site: classes === undefined ? rest : { ...rest, classes },
    captures: decode(packet, classes),
    recipes,
  }
}

function classesOf({ classKeys: keys }: PortableJob['site']): Travellers | undefined {
  return keys && $classes(keys.map((key) => [key, null]))
}

/** Loads the classes of the values that this agent has not met. */
function missingFor({ site, packet }: PortableJob): Promise<unknown> | undefined {
  const inner = missingForTravels(packet)
  const own = classesOf(site)?.missingFor([packet], loadingOf(site))
  return inner === undefined ? own : Promise.all([inner, own])
}
