// A captured lock arrives in a worker whose chunk may never name its class: `m.lock()` is all that the closure says. Such classes are fetched when they first
// arrive, so that workers of programs without locks never load them.

import type { Packet } from '../codec/packet.ts'
import { missingForTravels, missingReader, runtimeState } from '../common.ts'
import type { DriverName } from '../protocol.ts'

const LOADERS: Readonly<Record<string, () => Promise<unknown>>> = {
  global: () => import('../memory/shared.ts'),
  mutex: () => import('../sync/mutex.ts'),
  semaphore: () => import('../sync/semaphore.ts'),
  condvar: () => import('../sync/condvar.ts'),
  rwlock: () => import('../sync/rwlock.ts'),
  barrier: () => import('../sync/barrier.ts'),
  once: () => import('../sync/once.ts'),
  'wait-group': () => import('../sync/wait-group.ts'),
  sender: () => import('../sync/channel.ts'),
  receiver: () => import('../sync/channel.ts'),
  channel: () => import('../sync/channel.ts'),
  counter: () => import('../sync/atomic.ts'),
  flag: () => import('../sync/atomic.ts'),
  json: () => import('../sync/json-buffer.ts'),
  struct: () => import('../memory/shared-struct.ts'),
  callback: () => import('../spawn/callback.ts'),
  task: () => import('../spawn/task.ts'),
  // Where there are tasks these are known, and yet what runs them may be missing.
  streamTask: () => Promise.all([import('../spawn/task.ts'), import('../stream/stream.ts')]),
}

/** The tags of shared types by their numbers, for what a `Global` holds. */
const KINDS: Readonly<Record<number, string>> = {
  1: 'mutex',
  2: 'semaphore',
  4: 'rwlock',
  5: 'condvar',
  6: 'barrier',
  7: 'once',
  8: 'wait-group',
  9: 'channel',
  10: 'struct',
  11: 'json',
  12: 'counter',
  13: 'flag',
}

function tagsOf({ tag, data }: { tag: string; data: unknown }): string[] {
  const { holds = [] } = (tag === 'global' ? data : {}) as { holds?: readonly number[] }
  return [tag, ...holds.map((number) => KINDS[number] ?? '')]
}

const DRIVERS: Readonly<Record<DriverName, () => Promise<unknown>>> = {
  stream: () => import('../stream/stream-producer.ts'),
  map: () => import('../map/map-chunk.ts'),
}

/** Loads what a packet with a table, or a task with a driver, needs and this worker does not have yet; undefined when that is nothing. */
export function missingParts(packet: Packet, driver?: DriverName): Promise<unknown> | undefined {
  const { table } = packet
  const { travels, drivers, stream } = runtimeState()
  const needed = new Set(table?.flatMap(tagsOf))
  const loaders = [...needed]
    .filter((tag) => Object.hasOwn(LOADERS, tag) && (!travels.has(tag) || (tag === 'streamTask' && stream === null)))
    .map((tag) => LOADERS[tag]!)
  if (driver !== undefined && !drivers.has(driver)) loaders.push(DRIVERS[driver])
  const reader = missingReader(packet)
  if (reader !== undefined) loaders.push(() => reader)
  // What has just been loaded may need more: whoever waits asks again.
  if (loaders.length === 0) return missingForTravels(packet)
  return Promise.all(loaders.map((load) => load()))
}
