import { deserialize, move, parallelMap, serialize, spawn, task } from 'experimental-threads'

import { Box, Parser, boxOf } from './shapes.js'

class Vec {
  constructor(x, y) {
    this.x = x
    this.y = y
  }
  length() {
    return Math.hypot(this.x, this.y)
  }
}

class Account {
  #balance
  constructor(balance) {
    this.#balance = balance
  }
  balance() {
    return this.#balance
  }
  static [serialize](account) {
    return account.#balance
  }
  static [deserialize](balance) {
    return new Account(balance)
  }
}

class Failure extends Error {
  constructor(message, status) {
    super(message)
    this.status = status
  }
  isFatal() {
    return this.status > 1
  }
}

async function thrown() {
  try {
    await spawn(() => {
      throw new Failure('failed', 2)
    })
  } catch (error) {
    return [error instanceof Failure, error.isFatal(), error.message]
  }
}

// Starts a thread from a thread; neither closure names the class of what it is given.
const lengthOf = async (depth, vec) => (depth === 0 ? vec.length() : spawn(() => lengthOf(depth - 1, vec)))

export async function runInstances() {
  const vec = new Vec(3, 4)
  const measured = task(() => vec.length())
  const box = new Box(2)
  const account = new Account(7)
  const unnamed = await spawn(() => [vec.length(), box.volume(), account.balance()])
  const there = await spawn(move(vec, [box]), (one, [two]) => [one instanceof Vec, two instanceof Box])
  const back = await spawn(() => ({ vec, box, account, made: new Vec(6, 8) }))
  const made = await spawn(() => boxOf(3))
  const parser = await spawn(() => new Parser('a b'))
  const lengths = await parallelMap([vec, new Vec(6, 8)], (one) => new Vec(one.length(), 0))
  return {
    unnamed,
    there,
    back: [back.vec instanceof Vec, back.box instanceof Box, back.account.balance(), back.made.length()],
    made: [made instanceof Box, made.volume()],
    parser: parser.words(),
    nested: await lengthOf(2, vec),
    sent: await spawn(() => spawn(measured)),
    thrown: await thrown(),
    mapped: lengths.map((one) => one instanceof Vec && one.x),
  }
}
