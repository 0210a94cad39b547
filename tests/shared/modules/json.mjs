// Worker modules as the compiler writes them, for JSON in shared memory.

import { Global, Mutex, SharedJsonBuffer } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

const state = $shared(Mutex, 'state', 'h1', () => [new SharedJsonBuffer({ count: 0, log: [] })])
const json = $shared(Global, 'json', 'h1', () => [new SharedJsonBuffer({ n: 41 })])

async function count(mutex, rounds) {
  for (let round = 0; round < rounds; round++) {
    const guard = await mutex.lock()
    guard.value.count++
    guard.unlock()
  }
}

const runs = {
  countDeclared: (rounds, name) => async () => {
    await count(state, rounds)
    const guard = await state.lock()
    guard.value.log.push(name)
    guard.unlock()
  },
  count: (mutex, rounds) => () => count(mutex, rounds),
  addTo: (part) => () => {
    part.n++
  },
  readGlobal: () => () => json.value.n,
}

const $run = runs[new URL(import.meta.url).searchParams.get('run') ?? 'readGlobal']
export { $run as run }
