// Mutex and condition variable with their references.

import { Condvar, Mutex } from 'experimental-threads'
import type { MutexGuard } from 'experimental-threads'

import type { Played, Subject } from './run.ts'
import { outcome, pick } from './run.ts'

/** A lock that one may hold, and those who wait for it, first come first served. */
class Line {
  holder: number | undefined
  private readonly waiting: number[] = []
  private readonly got: (number: number) => void

  /** @param got called with the number of whoever has got the lock */
  constructor(got: (number: number) => void) {
    this.got = got
  }

  get isWanted(): boolean {
    return this.waiting.length > 0
  }

  enter(number: number): void {
    this.waiting.push(number)
    this.next()
  }

  leave(): void {
    this.holder = undefined
    this.next()
  }

  /** Goes away before it has got the lock. False when it does not wait. */
  quit(number: number): boolean {
    const at = this.waiting.indexOf(number)
    if (at >= 0) this.waiting.splice(at, 1)
    return at >= 0
  }

  private next(): void {
    if (this.holder !== undefined || this.waiting.length === 0) return
    this.holder = this.waiting.shift()!
    this.got(this.holder)
  }
}

const mutex: Subject = {
  name: 'mutex',
  begin(run) {
    const lock = new Mutex()
    const guards = new Map<number, MutexGuard<undefined>>()
    const line = new Line((number) => run.settles(number, 'in'))
    const taken = (number: () => number) => (guard: MutexGuard<undefined>) => {
      guards.set(number(), guard)
      return 'in'
    }
    const start = (timeout?: number): number => {
      const number: number = run.begin(
        'lock',
        (signal) => lock.lock(timeout === undefined ? { signal } : { signal, timeout }),
        taken(() => number),
      )
      return number
    }
    return {
      often: ['lock', 'unlock'],
      steps: {
        lock: () => line.enter(start()),
        lockOrNot(a) {
          const number = start(a % 2)
          if (line.holder === undefined) line.enter(number)
          else run.settles(number, 'R537')
        },
        tryLock() {
          const guard = lock.tryLock()
          run.same('tryLock', guard !== undefined, line.holder === undefined)
          guard?.unlock()
        },
        unlock() {
          const guard = guards.get(line.holder ?? -1)
          if (guard === undefined) return
          guard.unlock()
          line.leave()
        },
        unlocksAgain(a) {
          const old = pick(
            [...guards].filter(([number]) => number !== line.holder),
            a,
          )
          if (old === undefined) return
          run.same(
            'a second unlock',
            outcome(() => old[1].unlock()),
            'R530',
          )
          run.same(
            'a second dispose',
            outcome(() => old[1].dispose()),
            'undefined',
          )
        },
        abort(a) {
          const number = run.anyOpen(a)
          if (number === undefined || !line.quit(number)) return
          run.abort(number)
          run.settles(number, 'aborted')
        },
        abortsTooLate() {
          if (line.holder !== undefined) run.abort(line.holder)
        },
      },
      end: () => guards.get(line.holder ?? -1)?.dispose(),
    }
  },
}

const condvar: Subject = {
  name: 'condvar',
  begin(run): Played {
    const lock = new Mutex()
    const changed = new Condvar()
    const guards = new Map<number, MutexGuard<undefined>>()
    /** What a call settles with once it has the lock. */
    const ends = new Map<number, string>()
    const line = new Line((number) => run.settles(number, ends.get(number) ?? 'in'))
    let sleeping: number[] = []
    const wakes = (number: number, end: string): void => {
      sleeping = sleeping.filter((other) => other !== number)
      ends.set(number, end)
      line.enter(number)
    }
    const sleep = (options?: { timeout: number }): number | undefined => {
      const guard = guards.get(line.holder ?? -1)
      if (guard === undefined) return undefined
      const number: number = run.begin(
        'wait',
        (signal) => changed.wait(guard, { signal, ...options }),
        () => 'woken',
      )
      guards.set(number, guard)
      return number
    }
    return {
      often: ['lock', 'wait', 'notifyOne'],
      steps: {
        lock() {
          const number: number = run.begin(
            'lock',
            (signal) => lock.lock({ signal }),
            (guard) => {
              guards.set(number, guard)
              return 'in'
            },
          )
          line.enter(number)
        },
        wait() {
          const number = sleep()
          if (number === undefined) return
          sleeping.push(number)
          line.leave()
        },
        waitAWhile() {
          // Where others want the lock, it would not be known when its time was up.
          if (line.isWanted) return
          const number = sleep({ timeout: 1 })
          if (number === undefined) return
          line.leave()
          wakes(number, 'R537')
        },
        waitNot() {
          const number = sleep({ timeout: 0 })
          if (number === undefined) return
          run.settles(number, 'R537')
        },
        unlock() {
          const guard = guards.get(line.holder ?? -1)
          if (guard === undefined) return
          guard.unlock()
          line.leave()
        },
        notifyOne() {
          changed.notifyOne()
          if (sleeping.length > 0) wakes(sleeping[0]!, 'woken')
        },
        notifyAll() {
          changed.notifyAll()
          for (const number of sleeping) wakes(number, 'woken')
        },
        abort(a) {
          const number = run.anyOpen(a)
          if (number === undefined) return
          if (sleeping.includes(number)) {
            run.abort(number)
            wakes(number, 'aborted')
          } else if (!ends.has(number) && line.quit(number)) {
            run.abort(number)
            run.settles(number, 'aborted')
          }
        },
      },
      end() {
        const guard = guards.get(line.holder ?? -1)
        if (guard === undefined) return
        guard.unlock()
        line.leave()
      },
    }
  },
}

export const MUTEXES: readonly Subject[] = [mutex, condvar]
