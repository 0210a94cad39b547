// In browsers a page offers its memory to a worker in a message, when it connects it and when the worker asks: either may come too early for the other.

import { adoptArena, agentExited, arena, exportArena, hasArena, lifeOf } from '../memory/arena.ts'
import { nameAgent } from '../memory/agent.ts'
import {
  declaredTooEarly,
  describeNoWorker,
  nobodyConnects,
  notAWorker,
  nothingToJoin,
} from '../memory/connect-errors.ts'
import { noSharedMemory } from '../memory/shared-errors.ts'
import { holdLife, isPage } from './browser.ts'
import { whenFree } from './browser-start.ts'

/** The one property of these messages. */
const KEY = 'experimental-threads/1/connect'
const ASKS = 'asks'
/** The worker has its lock for life: who gets that next knows that it has stopped. */
const LIVES = 'lives'

/** How long a worker waits for an offer, in milliseconds. */
const PATIENCE = 10_000

const connected = new WeakSet<Worker>()

export function connectTo(worker: unknown): void {
  if (!(worker instanceof Worker)) throw notAWorker(describeNoWorker(worker))
  if (connected.has(worker)) return
  const memory = exportArena('worker')
  if (memory === undefined) throw noSharedMemory()
  connected.add(worker)
  const offer = (): void => worker.postMessage({ [KEY]: memory })
  listen(worker, (said) => {
    if (said === ASKS) offer()
    else whenFree(lifeOf(memory)!, () => agentExited(memory))
  })
  offer()
}

let joining: Promise<void> | undefined

export function joinHost(): Promise<void> {
  return (joining ??= join())
}

/** What a dedicated worker has. */
interface WorkerScope extends EventTarget {
  readonly name: string
  postMessage(message: unknown): void
}

async function join(): Promise<void> {
  if (isPage()) throw nothingToJoin('a page')
  if (hasArena()) throw declaredTooEarly()
  const scope = globalThis as unknown as WorkerScope
  await new Promise<void>((resolve, reject) => {
    let isOpen = true
    const late = setTimeout(() => {
      isOpen = false
      reject(nobodyConnects(PATIENCE / 1000))
    }, PATIENCE)
    listen(scope, (memory) => {
      // One offer may have been on its way when another was asked for.
      if (!isOpen) return
      isOpen = false
      clearTimeout(late)
      if (hasArena()) return reject(declaredTooEarly())
      adoptArena(memory)
      nameAgent(arena().words, arena().agent, scope.name || 'worker')
      holdLife(lifeOf(memory), () => {
        scope.postMessage({ [KEY]: LIVES })
        resolve()
      })
    })
    scope.postMessage({ [KEY]: ASKS })
  })
}

/** Calls back with what our messages say. No listener that is added later gets them. */
function listen(target: EventTarget, callback: (said: unknown) => void): void {
  target.addEventListener('message', (event) => {
    const { data } = event as MessageEvent
    if (typeof data !== 'object' || data === null || !(KEY in data)) return
    event.stopImmediatePropagation()
    callback((data as Record<string, unknown>)[KEY])
  })
}
