import { callback, move, spawn, task, threadSignal } from 'experimental-threads'

import { Box, boxOf } from './shapes.js'

class Point {
  constructor(x) {
    this.x = x
  }
  twice() {
    return this.x * 2
  }
}

function* countTo(n) {
  for (let at = 0; at < n; at++) yield at
  return 'all'
}

async function all(stream) {
  const found = []
  for await (const value of stream) found.push(value)
  return found
}

/** Leaves a loop, which closes the generator where it is. */
async function left() {
  const words = new Int32Array(new SharedArrayBuffer(4))
  const endless = spawn(async function* () {
    try {
      for (let n = 0; !threadSignal.aborted; n++) yield n
    } finally {
      words[0] = 1
    }
  })
  for await (const n of endless) if (n === 2) break
  return words[0]
}

async function failed() {
  const found = []
  try {
    for await (const n of spawn(function* () {
      yield 1
      throw new RangeError('after one')
    }))
      found.push(n)
  } catch (error) {
    found.push(error.name, error.message)
  }
  return found
}

/** A closure that never names the class of what it gets and gives. */
async function instances() {
  const given = [new Point(1), new Point(2)]
  const points = await all(
    spawn(function* () {
      yield* given
      return given
    }),
  )
  const boxes = await all(
    spawn(async function* () {
      yield boxOf(2)
    }),
  )
  return [
    points.map((point) => point instanceof Point && point.twice()),
    boxes.map((box) => box instanceof Box && box.volume()),
  ]
}

async function called() {
  const seen = []
  const add = callback((n) => seen.push(n))
  await spawn(async () => {
    for (const n of [1, 2]) await add(n)
  })
  return seen
}

export async function runStreams() {
  const factor = 10
  const words = task(function* (text) {
    yield* text.split(' ')
  })
  const counted = spawn(move(3), countTo)
  return {
    captured: await all(
      spawn(function* () {
        yield factor
        yield factor + 1
      }),
    ),
    byName: [await all(counted), await counted.result],
    task: await all(spawn(move('a b c'), words)),
    sent: await spawn(() => all(spawn(move('d e'), words))),
    nested: await spawn(async () => {
      let sum = 0
      for await (const n of spawn(move(4), countTo)) sum += n
      return sum
    }),
    left: await left(),
    failed: await failed(),
    instances: await instances(),
    called: await called(),
  }
}
