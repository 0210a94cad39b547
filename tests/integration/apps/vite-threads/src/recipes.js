// Constants whose values cannot be cloned: each worker makes them itself, once.
import { spawn } from 'experimental-threads'
import react from 'react'

const { createElement } = react

function string() {
  return (value) => typeof value === 'string'
}

function object(shape) {
  return { parse: (value) => Object.keys(shape).every((key) => shape[key](value[key])) }
}

const user = object({ name: string() })

// Reads such a value, and is not one itself.
function isUser(value) {
  return user.parse(value)
}

class Counter {
  #count = 0
  next() {
    this.#count++
    return this.#count
  }
}

const counter = new Counter()

const tree = {
  // Its own closure refers to it: the module of the initialiser holds its own address.
  depth: async (n) => (n === 0 ? 0 : spawn(async () => 1 + (await tree.depth(n - 1)))),
}

// Made of the others, which are then needed both by import and by address.
const table = { counter, tree }

export async function runRecipes() {
  const first = await spawn(() => [createElement('b').type, isUser({ name: 'n' }), isUser({ name: 1 }), counter.next()])
  // In the same worker, since that one is idle now.
  const second = await spawn(() => [table.counter === counter, counter.next()])
  return { first, second, here: counter.next(), depth: await spawn(() => table.tree.depth(2)) }
}
