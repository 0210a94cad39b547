import { describe, expect, it } from 'vitest'

import { Pace } from '../../pkg/runtime/src/pool/pace.ts'

/** A host that starts threads one after the other, each as long as it takes; milliseconds. */
class Clock {
  now = 1000
  readonly pace = new Pace()

  /** Starts threads that are answered by message in 0.03 ms, until the pool tries another way; gives how long that was. */
  untilTry(): number {
    const since = this.now
    while (!this.pace.hurries(this.now)) {
      this.now += 0.03
      this.pace.message(0.03)
    }
    return this.now - since
  }

  /** So many threads are answered in so long each. Gives whether the try goes on. */
  answers(count: number, time: number): boolean {
    let goesOn = true
    for (let n = 0; n < count && goesOn; n++) {
      this.pace.hurries(this.now)
      this.now += time
      goesOn = this.pace.answer(time, this.now)
    }
    return goesOn
  }
}

describe('the pace of calls without messages', () => {
  it('is kept up while answers come sooner than by message', () => {
    const clock = new Clock()
    clock.untilTry()
    expect(clock.answers(100_000, 0.003)).toBe(true)
  })

  it('is given up at the first lost turn when nothing has been gained', () => {
    const clock = new Clock()
    clock.untilTry()
    expect(clock.answers(1, 4)).toBe(false)
    expect(clock.pace.hurries(clock.now)).toBe(false)
  })

  it('outlasts a lost turn once the try has gained more, and is given up when that happens again', () => {
    const clock = new Clock()
    clock.untilTry()
    expect(clock.answers(1000, 0.003)).toBe(true)
    expect(clock.answers(1, 4)).toBe(true)
    expect(clock.answers(1, 4)).toBe(false)
  })

  it('is given up when answers come no sooner, and workers listen in vain', () => {
    const clock = new Clock()
    clock.untilTry()
    let tries = 0
    while (clock.pace.missed((clock.now += 0.2))) tries++
    expect(tries).toBeLessThan(10)
    clock.untilTry()
    expect(clock.answers(100, 0.1)).toBe(false)
  })

  it('is tried more and more seldom where it does not pay, so that tries take a hundredth of the time at most', () => {
    const clock = new Clock()
    clock.untilTry()
    let rested = 0
    for (let n = 0; n < 20; n++) {
      expect(clock.answers(1, 4)).toBe(false)
      const rest = clock.untilTry()
      expect(rest).toBeGreaterThanOrEqual(199)
      expect(rest).toBeLessThan(2001)
      rested = rest
    }
    expect(rested).toBeGreaterThan(1900)
  })

  it('is kept up where now and then an answer is late in any case, as when memory is collected', () => {
    const clock = new Clock()
    for (let n = 0; n < 1000; n++) clock.pace.message(n % 64 === 63 ? 2.5 : 0.03)
    clock.untilTry()
    for (let round = 0; round < 100; round++) {
      expect(clock.answers(63, 0.003)).toBe(true)
      expect(clock.answers(1, 2.5)).toBe(true)
    }
  })

  it('is tried again soon where it has earned more than it has lost', () => {
    const clock = new Clock()
    clock.untilTry()
    expect(clock.answers(200, 0.003)).toBe(true)
    expect(clock.answers(1, 4)).toBe(true)
    clock.answers(20, 0.003)
    expect(clock.answers(1, 4)).toBe(false)
    const rest = clock.untilTry()
    expect(rest).toBeGreaterThan(100)
    clock.answers(200, 0.003)
    expect(clock.answers(1, 4.6)).toBe(false)
    expect(clock.untilTry()).toBeLessThan(11)
  })

  it('is tried again soon where it has paid', () => {
    const clock = new Clock()
    clock.untilTry()
    clock.answers(1, 4)
    expect(clock.untilTry()).toBeGreaterThan(100)
    clock.answers(10_000, 0.003)
    expect(clock.answers(3, 4)).toBe(false)
    expect(clock.untilTry()).toBeLessThan(11)
  })
})
