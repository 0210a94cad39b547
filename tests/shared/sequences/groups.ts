// Barrier, once, wait group and atomics with their references.

import { AtomicCounter, AtomicFlag, Barrier, Once, WaitGroup } from 'experimental-threads'
import type { WaitGroupMember } from 'experimental-threads'

import type { Subject } from './run.ts'
import { abortAny, outcome, pick } from './run.ts'

const barrier: Subject = {
  name: 'barrier',
  begin(run, made) {
    const parties = 1 + (made % 4)
    const shipped = new Barrier(parties)
    let waiting: number[] = []
    let broken = false
    const all = (end: string): void => {
      for (const number of waiting.splice(0)) run.settles(number, end)
    }
    const breaks = (): void => {
      broken = true
      all('R585')
    }
    const start = (timeout?: number): number =>
      run.begin(
        'wait',
        (signal) => shipped.wait(timeout === undefined ? { signal } : { signal, timeout }),
        ({ isLeader }) => (isLeader ? 'leads' : 'met'),
      )
    /** Whether it goes on at once, and then how. */
    const arrives = (): string | undefined => {
      if (broken) return 'R585'
      if (waiting.length + 1 < parties) return undefined
      all('met')
      return 'leads'
    }
    return {
      often: ['wait'],
      steps: {
        wait() {
          const number = start()
          const end = arrives()
          if (end === undefined) waiting.push(number)
          else run.settles(number, end)
        },
        waitAWhile(a) {
          const number = start(a % 2)
          const end = arrives()
          run.settles(number, end ?? 'R537')
          if (end === undefined) breaks()
        },
        tryWait() {
          const end = arrives()
          run.same(
            'tryWait',
            outcome(() => shipped.tryWait()?.isLeader),
            end === 'leads' ? 'true' : String(end),
          )
        },
        reset() {
          shipped.reset()
          all('R585')
          broken = false
        },
        isBroken: () => run.same('isBroken', shipped.isBroken, broken),
        abort(a) {
          const number = abortAny(run, a)
          if (number === undefined) return
          waiting = waiting.filter((other) => other !== number)
          breaks()
        },
      },
    }
  },
}

const once: Subject = {
  name: 'once',
  begin(run) {
    const shipped = new Once()
    let state: 'new' | 'busy' | 'done' = 'new'
    let waiting: number[] = []
    let runner = -1
    let finish: (() => void) | undefined
    let fail: ((error: Error) => void) | undefined
    const start = (timeout?: number): number =>
      run.begin(
        'call',
        (signal) =>
          shipped.call(
            () =>
              new Promise<void>((resolve, reject) => {
                finish = resolve
                fail = reject
              }),
            timeout === undefined ? { signal } : { signal, timeout },
          ),
        String,
      )
    const runs = (number: number): void => {
      state = 'busy'
      runner = number
      run.open.delete(number)
    }
    const done = (): void => {
      state = 'done'
      for (const number of waiting.splice(0)) run.settles(number, 'false')
    }
    const failed = (): void => {
      state = 'new'
      if (waiting.length > 0) runs(waiting.shift()!)
    }
    return {
      often: ['call', 'finishes', 'fails'],
      steps: {
        call() {
          const number = start()
          if (state === 'done') run.settles(number, 'false')
          else if (state === 'busy') waiting.push(number)
          else runs(number)
        },
        callOrNot(a) {
          const number = start(a % 2)
          if (state === 'done') run.settles(number, 'false')
          else if (state === 'busy') run.settles(number, 'R537')
          else runs(number)
        },
        tryCall() {
          let ran = false
          const result = shipped.tryCall(() => {
            ran = true
          })
          run.same('tryCall', result, state !== 'busy')
          run.same('whether tryCall ran', ran, state === 'new')
          if (state === 'new') done()
        },
        tryCallThatThrows() {
          const result = outcome(() =>
            shipped.tryCall(() => {
              throw new RangeError('no')
            }),
          )
          run.same('tryCall', result, { new: 'RangeError: no', busy: 'false', done: 'true' }[state])
        },
        finishes() {
          if (state !== 'busy') return
          finish!()
          run.settles(runner, 'true')
          done()
        },
        fails() {
          if (state !== 'busy') return
          fail!(new RangeError('no'))
          run.settles(runner, 'RangeError: no')
          failed()
        },
        isDone: () => run.same('isDone', shipped.isDone, state === 'done'),
        abort(a) {
          const number = abortAny(run, a)
          waiting = waiting.filter((other) => other !== number)
        },
        abortsTooLate() {
          if (state === 'busy') run.abort(runner)
        },
      },
    }
  },
}

const waitGroup: Subject = {
  name: 'wait group',
  begin(run) {
    const group = new WaitGroup()
    const members: WaitGroupMember[] = []
    let added = 0
    let waiting: number[] = []
    const rests = (): void => {
      if (added + members.length > 0) return
      for (const number of waiting.splice(0)) run.settles(number, 'empty')
    }
    const start = (timeout?: number): number =>
      run.begin(
        'wait',
        (signal) => group.wait(timeout === undefined ? { signal } : { signal, timeout }),
        () => 'empty',
      )
    return {
      often: ['wait', 'done'],
      steps: {
        add(a) {
          group.add(1 + (a % 3))
          added += 1 + (a % 3)
        },
        done(a) {
          const count = 1 + (a % 3)
          const given = outcome(() => group.done(count))
          run.same(`done(${count})`, given, count <= added ? 'undefined' : 'R588')
          if (count <= added) added -= count
          rests()
        },
        wrongCounts(a) {
          const count = [0, -1, 1.5, NaN, 2 ** 31][a % 5]!
          run.same(
            `add(${count})`,
            outcome(() => group.add(count)),
            'R533',
          )
          run.same(
            `done(${count})`,
            outcome(() => group.done(count)),
            'R533',
          )
        },
        enter: () => void members.push(group.enter()),
        leave(a) {
          const member = pick(members, a)
          if (member === undefined) return
          members.splice(members.indexOf(member), 1)
          member.release()
          member.dispose()
          run.same(
            'a second release',
            outcome(() => member.release()),
            'R530',
          )
          rests()
        },
        wait() {
          waiting.push(start())
          rests()
        },
        waitAWhile(a) {
          run.settles(start(a % 2), added + members.length > 0 ? 'R537' : 'empty')
        },
        tryWait: () => run.same('tryWait', group.tryWait(), added + members.length === 0),
        count: () => run.same('count', group.count, added + members.length),
        abort(a) {
          const number = abortAny(run, a)
          waiting = waiting.filter((other) => other !== number)
        },
      },
      end() {
        for (const member of members.splice(0)) member.release()
        rests()
      },
    }
  },
}

const atomics: Subject = {
  name: 'counter and flag',
  begin(run, made) {
    let number = (made % 5) - 2
    let isSet = made % 2 === 0
    const counter = new AtomicCounter(number)
    const flag = new AtomicFlag(isSet)
    let waiting: [call: number, expected: number | boolean][] = []
    /** What has changed is told at once: a change alone wakes nobody, or later. */
    const changes = (): void => {
      counter.notify()
      flag.notify()
      const now = (expected: number | boolean): number | boolean => (typeof expected === 'number' ? number : isSet)
      const woken = waiting.filter(([, expected]) => now(expected) !== expected)
      waiting = waiting.filter(([, expected]) => now(expected) === expected)
      for (const [call, expected] of woken) run.settles(call, String(now(expected)))
    }
    const counts = (what: string, before: number, after: number): void => {
      run.same(what, before, number)
      number = after | 0
      changes()
    }
    const start = (expected: number | boolean, timeout?: number): number =>
      run.begin(
        `wait(${expected})`,
        (signal): Promise<number | boolean> => {
          const options = timeout === undefined ? { signal } : { signal, timeout }
          return typeof expected === 'number' ? counter.wait(expected, options) : flag.wait(expected, options)
        },
        String,
      )
    const LARGE = 2 ** 31 - 1
    return {
      often: ['wait', 'waitFlag'],
      steps: {
        load: () => run.same('load', `${counter.load()} ${flag.load()}`, `${number} ${isSet}`),
        add: (a) => counts('add', counter.add(a % 3), number + (a % 3)),
        addMuch: () => counts('add', counter.add(LARGE), number + LARGE),
        sub: (a) => counts('sub', counter.sub(a % 3), number - (a % 3)),
        exchange: (a) => counts('exchange', counter.exchange(a % 3), a % 3),
        compareExchange(a, b) {
          const before = counter.compareExchange((a % 5) - 2, b % 3)
          counts('compareExchange', before, number === (a % 5) - 2 ? b % 3 : number)
        },
        store(a) {
          counter.store(a % 3)
          number = a % 3
          changes()
        },
        wrongNumbers(a) {
          const wrong = [1.5, NaN, 2 ** 31, -(2 ** 31) - 1][a % 4]!
          run.same(
            `store(${wrong})`,
            outcome(() => counter.store(wrong)),
            'R533',
          )
          run.same(
            `add(${wrong})`,
            outcome(() => counter.add(wrong)),
            'R533',
          )
        },
        set() {
          run.same('set', flag.set(), isSet)
          isSet = true
          changes()
        },
        clear() {
          run.same('clear', flag.clear(), isSet)
          isSet = false
          changes()
        },
        compareExchangeFlag(a, b) {
          run.same('compareExchange', flag.compareExchange(a % 2 === 0, b % 2 === 0), isSet)
          if (isSet === (a % 2 === 0)) isSet = b % 2 === 0
          changes()
        },
        wait() {
          waiting.push([start(number), number])
        },
        waitForOther() {
          run.settles(start(number - 1), String(number))
        },
        waitFlag() {
          waiting.push([start(isSet), isSet])
        },
        waitAWhile(a, b) {
          run.settles(start(b % 2 === 0 ? number : isSet, a % 2), 'R537')
        },
        abort(a) {
          const call = abortAny(run, a)
          waiting = waiting.filter(([other]) => other !== call)
        },
      },
    }
  },
}

export const GROUPS: readonly Subject[] = [barrier, once, waitGroup, atomics]
