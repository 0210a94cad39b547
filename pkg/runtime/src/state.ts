// The state of the runtime in one agent. It hangs on `globalThis`, so that a second copy of the runtime (another
// version in node_modules, a copy inlined by a bundler) joins the first and the program still has one pool.

import { isPage } from '#host'

import type { Packet, Travel } from './codec/packet.ts'
import type { HostWorker, HostWorkerEvents, WorkerPort } from './host/host.ts'
import type { LatencyCount, PoolEvent } from './pool/pool-report.ts'
import type { Address, DriverName, Outcome, StreamStart, TaskHead, TaskRequest } from './protocol.ts'
import type { Port } from './platform-types.ts'
import { PROTOCOL } from './protocol.ts'
import { common } from './spawn/marks.ts'
import type { ThreadContext } from './thread/thread-context.ts'
import type { Travellers } from './codec/travellers.ts'

/** What is running in this agent. */
export interface TaskContext {
  /** The task that runs here is a dedicated one: it may block the thread. */
  dedicated: boolean
  /** In a worker: tasks that it has been given and has not finished. Elsewhere: threads that have not ended. */
  unsettled: number
  /** This agent is a worker of a pool. */
  isWorker: boolean
  /** This agent is a page's main thread, where nothing may ever block. */
  isPage: boolean
}

/** Settings of the pool; `configure()` documents them. Times are milliseconds. */
export interface PoolSettings {
  maxThreads: number | undefined
  maxWorkers: number | undefined
  idleTimeout: number
  graceTime: number
  maxQueue: number
  maxWorkerHeap: number
  resourceLimits: ResourceLimits | undefined
  latency: boolean
  onEvent: ((event: PoolEvent) => void) | undefined
}

/** Limits of each worker of Node, in MB. */
export interface ResourceLimits {
  maxOldGenerationSizeMb?: number | undefined
  maxYoungGenerationSizeMb?: number | undefined
  codeRangeSizeMb?: number | undefined
  stackSizeMb?: number | undefined
}

export interface Stats {
  /** Workers alive, those that are starting included. */
  workers: number
  /** Workers with nothing to do. */
  idle: number
  /** Workers with at least one task. */
  busy: number
  /** Workers that run a dedicated task; they count as busy too. */
  dedicated: number
  /** Tasks that have not started: they wait for a worker, or lie in one that is busy. */
  queued: number
  /** Tasks that have started and not ended. */
  running: number
  maxThreads: number
  maxWorkers: number
  /** Threads that gave their result, since the program started. */
  done: number
  /** Threads that failed. */
  failed: number
  /** Threads that were aborted. */
  aborted: number
  /** How long threads took from spawn to end; empty unless `configure({ latency: true })`. */
  latency: LatencyCount[]
}

/** How the one who started a task hears of it and acts on it. */
export interface TaskHandle {
  /** Drops the task when queued, tells its worker when running. `settled` follows when it has really stopped. */
  abort(reason: () => Packet): void
  /** The task need not keep the program alive. */
  unref(): void
  /** It need again. Only the pool's own. */
  ref?(): void
}

/** Who hears of a task's end. */
export interface TaskOwner {
  /** Called exactly once. */
  settled(outcome: Outcome, head: TaskHead): void
}

/** Runs tasks: the pool in a host, a sender of messages to the host in a worker. */
export interface Spawner {
  /** Starts or queues a task. Throws when the packet cannot be cloned. */
  start(task: TaskRequest, owner: TaskOwner): TaskHandle
  /** How modules are loaded, where that is not by importing them. */
  readonly load?: (address: string) => Promise<unknown>
  /** The base that relative addresses are resolved against. */
  readonly base: string
  /** Called when settings have changed. */
  settingsChanged(): void
  /** Modules have changed: tasks from now on go to new workers, and the old ones end when they are done. */
  recycle(): void
  shutdown(deadline: number | undefined): Promise<void>
  stats(): Stats
  /** Settles when the queue has room. */
  queueReady(): Promise<void>
}

/** A callback threw in a call that nobody in the thread has looked at. */
export interface CallFailure {
  readonly error: unknown
}

/** Values that are being packed for a thread or unpacked in it: what callbacks among them need, which last as long as the thread. */
export interface Crossing {
  readonly at: string
  /** Ports that travel with the values. */
  readonly ports: Port[]
  /** To be called when the thread has ended, or never started. */
  readonly releases: (() => void)[]
  /** Where threads are started: each gives a promise that is kept when the thread, which has ended, has closed its side. */
  readonly ends?: (() => Promise<CallFailure | undefined>)[]
  /** Once the thread has ended well. */
  failure?: CallFailure | undefined
  /** The values only go into a task: callbacks are kept here. */
  readonly keep?: unknown[]
  /** What must not be collected before the thread has ended: its memory is on the way to it. */
  readonly pins?: object[]
}

/** Runs a closure in its own way, and gives what the task is to give. */
export type Driver = (closure: (...args: unknown[]) => unknown, args: unknown[], context: ThreadContext) => unknown

/** Loads a module by its address. */
export type Load = (address: string) => Promise<unknown>

export interface RuntimeState {
  readonly task: TaskContext
  readonly settings: PoolSettings
  readonly travels: Map<string, Travel<never, unknown>>
  readonly errorClasses: Map<string, object>
  /** The classes that any site of this agent lists, where that part of the runtime is loaded. */
  classes: (() => Travellers) | null
  /** Called when a closure starts to run and, with null, when it has returned or awaits. */
  readonly entering: Set<(context: ThreadContext | null) => void>
  /** Called in a worker when the last of its tasks has ended, with that task. */
  readonly emptied: Set<(last: TaskHead) => void>
  /** Set while values go to a thread or arrive in it. */
  crossing: Crossing | null
  /** Set while a part of something that has begun is started, which the bound of the queue must not stop half-way. */
  goesOn: boolean
  /** In a worker: loads the parts of the runtime that the values of a packet need. */
  missingParts: ((packet: Packet) => Promise<unknown> | undefined) | null
  /** Called when the pool is to be shut down. */
  readonly leaving: Set<() => void>
  /** Starts generators, where that part of the runtime is loaded. */
  stream: StreamStart | null
  readonly drivers: Map<DriverName, Driver>
  boot: Address | null
  /** Files are edited while the program runs. */
  edits: boolean
  /** How the host loads a module of threads, where that is not by importing its address. */
  load: Load | undefined
  spawner: Spawner | null
  /** Starts what stands in for a worker where there are to be none. Set by `configure`, with which alone a page can ask for it. */
  startSerial: ((url: string, events: HostWorkerEvents) => HostWorker) | null
  /** Runs what comes through a port here. Set by the bootstrap of workers, where it is loaded by who spawns. */
  runner: ((port: WorkerPort, load: Load) => void) | null
}

const KEY: unique symbol = /* @__PURE__ */ common(PROTOCOL) as never

/** The one state of this agent, made at the first call. */
export function runtimeState(): RuntimeState {
  const holder = globalThis as { [KEY]?: RuntimeState }
  return (holder[KEY] ??= {
    task: { dedicated: false, unsettled: 0, isWorker: false, isPage: isPage() },
    settings: {
      maxThreads: undefined,
      maxWorkers: undefined,
      idleTimeout: 30_000,
      graceTime: 2_000,
      maxQueue: Infinity,
      maxWorkerHeap: Infinity,
      resourceLimits: undefined,
      latency: false,
      onEvent: undefined,
    },
    travels: new Map(),
    errorClasses: new Map(),
    classes: null,
    entering: new Set(),
    emptied: new Set(),
    crossing: null,
    goesOn: false,
    missingParts: null,
    leaving: new Set(),
    stream: null,
    drivers: new Map(),
    boot: null,
    edits: false,
    load: undefined,
    spawner: null,
    startSerial: null,
    runner: null,
  })
}
