// What a thread knows of the memory that all threads of a program share (`arena.ts`): what it was given, if anything. Workers that use no shared memory
// themselves carry no more than this.

import { bequeath, reserves } from '#host'
import type { AgentId } from './agent.ts'
import { ARENA_WORDS } from './layout.ts'

/** This thread's view of the shared memory. */
export interface Arena {
  readonly words: Int32Array
  readonly bank: readonly SharedArrayBuffer[]
  readonly maxSharedBytes: number
  /** This thread's number. */
  readonly agent: AgentId
  /** Whether this thread made the arena; its waiters have a lane of their own. */
  readonly host: boolean
  /** Tells this program from others of the same origin. */
  readonly program: string
  readonly cells: Cells
}

/** The words that stand for this thread's references to blocks: `sync/dynamic-words.ts`. */
export interface Cells {
  readonly free: number[]
  /** Those of the agent that had the slot before have been found. */
  known: boolean
  /** How many references there have been. */
  serial: number
}

/** What a new thread is given. Structured-cloneable. */
export interface ArenaExport {
  readonly words: SharedArrayBuffer
  readonly bank: readonly SharedArrayBuffer[]
  readonly maxSharedBytes: number
  /** The number that the new thread will have; for `agentExited`. */
  readonly agent: AgentId
  readonly program: string
}

/** What a worker of Node that a user starts is given unasked. Its number is missing: it takes one itself. */
export type Legacy = Omit<ArenaExport, 'agent'> & { readonly parent: AgentId }

/** What one thread knows of it. */
interface ShareState {
  arena: Arena | undefined
  /** Set in a thread that was given nothing: its host has no shared memory. */
  barred: boolean
  sharedBuffers: number
  maxSharedBytes: number
}

// Every copy of the runtime in a thread (two bundles, a reset module graph) must use the same memory and be the same agent.
const STATE = Symbol.for('experimental-threads/1/arena')

export function shareState(): ShareState {
  const holder = globalThis as { [STATE]?: ShareState }
  return (holder[STATE] ??= {
    arena: undefined,
    barred: false,
    sharedBuffers: reserves.count,
    maxSharedBytes: reserves.bytes,
  })
}

const hasShared = (): boolean => typeof SharedArrayBuffer === 'function'

const canGrow = (): boolean => 'grow' in SharedArrayBuffer.prototype

/** Whether the platform has shared memory, but none that grows. */
export const isTooOld = (): boolean => hasShared() && !canGrow()

/** Whether this thread can have shared memory: a page must be cross-origin isolated. */
export function canShare(): boolean {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean }
  return hasShared() && canGrow() && crossOriginIsolated !== false && !shareState().barred
}

/** The name of the lock of the browser that the new thread holds as long as it lives: who gets it next knows that the thread has stopped. */
export function lifeOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const { program, agent } = value as ArenaExport
  return `experimental-threads/${program}/${agent}`
}

/** Joins the memory that was sent. Called in a new thread before any module of the user is loaded there. */
export function adoptArena(value: unknown): void {
  const own = shareState()
  if (value === undefined || value === null) {
    own.barred = true
    return
  }
  const { words, bank, maxSharedBytes, agent, program } = value as ArenaExport
  const view = new Int32Array(words, 0, ARENA_WORDS)
  begin({ words: view, bank, maxSharedBytes, agent, host: false, program, cells: noCells() })
}

/** From now on this thread has shared memory, and so have the workers that a user starts in it, where they can be given any. */
export function begin(made: Arena): Arena {
  const { words, bank, maxSharedBytes, program, agent } = made
  bequeath({ words: words.buffer as SharedArrayBuffer, bank, maxSharedBytes, program, parent: agent })
  return (shareState().arena = made)
}

export const noCells = (): Cells => ({ free: [], known: false, serial: 0 })
