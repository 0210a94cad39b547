// Semaphore and reader-writer lock with their references.

import { RwLock, Semaphore } from 'experimental-threads'
import type { Permit } from 'experimental-threads'

import type { Run, Subject } from './run.ts'
import { outcome, pick } from './run.ts'

const semaphore: Subject = {
  name: 'semaphore',
  begin(run, made) {
    let free = made % 4
    const shipped = new Semaphore(free)
    const permits = new Map<number, Permit>()
    const needs = new Map<number, number>()
    let waiting: number[] = []
    const serve = (): void => {
      while (waiting.length > 0 && needs.get(waiting[0]!)! <= free) {
        const number = waiting.shift()!
        free -= needs.get(number)!
        run.settles(number, 'in')
      }
    }
    const start = (need: number, timeout?: number): number => {
      const number: number = run.begin(
        `acquire(${need})`,
        (signal) => shipped.acquire(need, timeout === undefined ? { signal } : { signal, timeout }),
        (permit) => {
          permits.set(number, permit)
          return 'in'
        },
      )
      needs.set(number, need)
      return number
    }
    const give = (number: number): void => {
      permits.delete(number)
      free += needs.get(number)!
      serve()
    }
    return {
      often: ['acquire', 'give'],
      steps: {
        acquire(a) {
          waiting.push(start(1 + (a % 3)))
          serve()
        },
        acquireOrNot(a, b) {
          const number = start(1 + (a % 3), b % 2)
          waiting.push(number)
          serve()
          if (!waiting.includes(number)) return
          waiting.pop()
          run.settles(number, 'R537')
        },
        tryAcquire(a) {
          const need = 1 + (a % 3)
          const permit = shipped.tryAcquire(need)
          run.same(`tryAcquire(${need})`, permit !== undefined, waiting.length === 0 && need <= free)
          permit?.release()
        },
        wrongCounts(a) {
          const count = [0, -1, 1.5, NaN, 2 ** 31][a % 5]!
          run.same(
            `tryAcquire(${count})`,
            outcome(() => shipped.tryAcquire(count)),
            'R533',
          )
          run.same(
            `release(${count})`,
            outcome(() => shipped.release(count)),
            'R533',
          )
        },
        give(a) {
          const number = pick([...permits.keys()], a)
          if (number === undefined) return
          const permit = permits.get(number)!
          permit.release()
          permit.dispose()
          run.same(
            'a second release',
            outcome(() => permit.release()),
            'R530',
          )
          give(number)
        },
        release(a) {
          const count = 1 + (a % 2)
          shipped.release(count)
          free += count
          serve()
        },
        abort(a) {
          const number = run.anyOpen(a)
          if (number === undefined) return
          run.abort(number)
          waiting = waiting.filter((other) => other !== number)
          run.settles(number, 'aborted')
          serve()
        },
      },
      end() {
        for (const [number, permit] of Array.from(permits)) {
          permit.release()
          give(number)
        }
      },
    }
  },
}

/** Readers come in together, unless a writer is inside or waits. When a writer leaves, readers who wait come first; when the last reader leaves, a writer. */
class Rooms {
  readonly inside: Map<number, 'reads' | 'writes'> = new Map()
  readers: number[] = []
  writers: number[] = []

  private readonly run: Run

  constructor(run: Run) {
    this.run = run
  }

  get writes(): boolean {
    return [...this.inside.values()].includes('writes')
  }

  canRead(): boolean {
    return !this.writes && this.writers.length === 0 && this.readers.length === 0
  }

  canWrite(): boolean {
    return this.inside.size === 0 && this.writers.length === 0 && this.readers.length === 0
  }

  enter(number: number, kind: 'reads' | 'writes'): void {
    if (kind === 'reads' ? this.canRead() : this.canWrite()) this.admit(number, kind)
    else (kind === 'reads' ? this.readers : this.writers).push(number)
  }

  quit(number: number): void {
    this.readers = this.readers.filter((other) => other !== number)
    this.writers = this.writers.filter((other) => other !== number)
    if (this.writers.length === 0 && !this.writes) this.admitReaders()
  }

  leave(number: number): void {
    const kind = this.inside.get(number)
    this.inside.delete(number)
    if (kind === 'writes') this.admitReaders()
    if (this.inside.size > 0) return
    if (this.writers.length > 0) this.admit(this.writers.shift()!, 'writes')
  }

  admitReaders(): void {
    for (const number of this.readers.splice(0)) this.admit(number, 'reads')
  }

  private admit(number: number, kind: 'reads' | 'writes'): void {
    this.inside.set(number, kind)
    this.run.settles(number, 'in')
  }
}

interface AnyGuard {
  unlock(): void
  downgrade?(): AnyGuard
}

const rwlock: Subject = {
  name: 'rwlock',
  begin(run) {
    const lock = new RwLock()
    const rooms = new Rooms(run)
    const guards = new Map<number, AnyGuard>()
    const start = (kind: 'reads' | 'writes', timeout?: number): number => {
      const number: number = run.begin(
        kind,
        (signal): Promise<AnyGuard> => {
          const options = timeout === undefined ? { signal } : { signal, timeout }
          return kind === 'reads' ? lock.read(options) : lock.write(options)
        },
        (guard) => {
          guards.set(number, guard)
          return 'in'
        },
      )
      return number
    }
    const orNot = (kind: 'reads' | 'writes', timeout: number): void => {
      const number = start(kind, timeout)
      if (kind === 'reads' ? rooms.canRead() : rooms.canWrite()) rooms.enter(number, kind)
      else run.settles(number, 'R537')
    }
    const tries = (what: string, guard: AnyGuard | undefined, expected: boolean): void => {
      run.same(what, guard !== undefined, expected)
      guard?.unlock()
    }
    return {
      often: ['read', 'write', 'unlock', 'unlock'],
      steps: {
        read: () => rooms.enter(start('reads'), 'reads'),
        write: () => rooms.enter(start('writes'), 'writes'),
        readOrNot: (a) => orNot('reads', a % 2),
        writeOrNot: (a) => orNot('writes', a % 2),
        tryRead: () => tries('tryRead', lock.tryRead(), rooms.canRead()),
        tryWrite: () => tries('tryWrite', lock.tryWrite(), rooms.canWrite()),
        unlock(a) {
          const number = pick([...rooms.inside.keys()], a)
          if (number === undefined) return
          guards.get(number)!.unlock()
          rooms.leave(number)
        },
        downgrade() {
          const [number] = [...rooms.inside].find(([, kind]) => kind === 'writes') ?? []
          if (number === undefined) return
          guards.set(number, guards.get(number)!.downgrade!())
          rooms.inside.set(number, 'reads')
          rooms.admitReaders()
        },
        abort(a) {
          const number = run.anyOpen(a)
          if (number === undefined) return
          run.abort(number)
          run.settles(number, 'aborted')
          rooms.quit(number)
        },
      },
      end() {
        for (const number of Array.from(rooms.inside.keys())) {
          guards.get(number)?.unlock()
          rooms.leave(number)
        }
      },
    }
  },
}

export const LOCKS: readonly Subject[] = [semaphore, rwlock]
