// What an agent of the stress test does: so many increments of an unguarded number, each under the lock.
//
// The board: how many are ready, whether they may go, whether somebody has finished, then for each agent how far it has come, then how far it had come when the first one finished.

import { $spawn } from 'experimental-threads/internal'

const READY = 0
const GO = 1
const FINISHED = 2
const PROGRESS = 3

const here = (name) => new URL(`?run=${name}`, import.meta.url).href

/** How far an agent has come, and the longest time from one increment to the next. Milliseconds. */
class Course {
  longest = 0
  last = performance.now()

  constructor(board, index) {
    this.board = board
    this.index = index
  }

  note() {
    const now = performance.now()
    this.longest = Math.max(this.longest, now - this.last)
    this.last = now
    Atomics.add(this.board, PROGRESS + this.index, 1)
  }

  /** The first one to finish writes down how far the others are. */
  finish() {
    const { board } = this
    if (Atomics.exchange(board, FINISHED, 1) === 0) {
      const agents = (board.length - PROGRESS) / 2
      for (let index = 0; index < agents; index++) board[PROGRESS + agents + index] = board[PROGRESS + index]
    }
    return this.longest
  }
}

function isReady(board) {
  Atomics.add(board, READY, 1)
  Atomics.notify(board, READY)
}

const runs = {
  blocking: (mutex, rounds, board, index) => () => {
    isReady(board)
    Atomics.wait(board, GO, 0)
    const course = new Course(board, index)
    for (let round = 0; round < rounds; round++) {
      const guard = mutex.blockingLock()
      guard.value[0]++
      guard.unlock()
      course.note()
    }
    return course.finish()
  },

  async: (mutex, rounds, board, index) => async () => {
    isReady(board)
    await Atomics.waitAsync(board, GO, 0, 600_000).value
    const course = new Course(board, index)
    for (let round = 0; round < rounds; round++) {
      const guard = await mutex.lock()
      guard.value[0]++
      guard.unlock()
      course.note()
    }
    return course.finish()
  },

  /** A thread that counts half of it, and has a thread of its own count the other half. */
  nested: (mutex, rounds, board, index) => async () => {
    const half = Math.floor(rounds / 2)
    const captures = ['mutex', 'rounds', 'board', 'index']
    const site = { p: 1, load: here('async'), name: 'child', at: 'src/nested.ts:1:1', captures, blocks: false }
    const child = $spawn(site, null, undefined, [mutex, half, board, index])
    const own = await runs.async(mutex, rounds - half, board, index)()
    return Math.max(own, await child)
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run')]
export { $run as run }
