import { configure, shutdown } from 'experimental-threads'
import { allocateWords, arena } from '../../../pkg/runtime/dist/memory/arena.js'
import { isAlive } from '../../../pkg/runtime/dist/sync/agent-algorithm.js'
import { reaches, starter, words as cells } from './page-support.mjs'

configure({ maxThreads: 4, graceTime: 50 })

const start = starter('deaths')

/** Ends a thread, and says how long after that its death was announced, and how often it counted after the announcement. */
async function measure(name, blocks, end) {
  const said = cells(3)
  const at = allocateWords(16)
  const thread = start(name, [said, at], blocks)
  thread.catch(() => {})
  await reaches(said, 0, 1)
  const agent = said[0]
  const waiting = [start('outlivesBlocked', [at, agent, said], true), start('outlives', [at, agent, said])]
  await reaches(said, 2, 2)
  const began = performance.now()
  await end(thread)
  const told = performance.now() - began
  const { words } = arena()
  while (isAlive(words, agent)) await new Promise((resolve) => setTimeout(resolve, 1))
  const announced = performance.now() - began
  const counted = Atomics.load(said, 1)
  await Promise.all(waiting)
  const heard = performance.now() - began
  await new Promise((resolve) => setTimeout(resolve, 100))
  return { told, announced, heard, after: Atomics.load(said, 1) - counted }
}

globalThis.deathOfBusy = () =>
  measure('counts', false, (thread) => {
    thread.abort(new Error('enough'))
    return thread.join()
  })

globalThis.deathOfBlocked = () =>
  measure('blocks', true, (thread) => {
    thread.abort(new Error('enough'))
    return thread.join()
  })

globalThis.deathOfClosed = () => measure('closes', false, (thread) => thread.join())

globalThis.deathOfCrashed = () => measure('throws', false, (thread) => thread.join())

/** Ends workers while they start. Every one of them is announced, whatever it had done by then. */
globalThis.deathsWhileStarting = async () => {
  const { words } = arena()
  const agents = []
  for (let round = 0; round < 10; round++) {
    const said = cells(3)
    const thread = start('counts', [said])
    thread.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, round * 8))
    await shutdown({ deadline: 0 })
    agents.push(said)
  }
  const alive = () => agents.filter((said) => said[0] !== 0 && isAlive(words, said[0])).length
  while (alive() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const counted = agents.map((said) => said[1])
  await new Promise((resolve) => setTimeout(resolve, 100))
  return agents.every((said, index) => said[1] === counted[index])
}

/** Threads that a thread of the user's own worker spawns: that worker is the host. */
globalThis.deathsInWorker = () => {
  const worker = new Worker('/deaths-page.js', { type: 'module' })
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data))
    worker.addEventListener('error', reject)
  })
}

if (typeof document === 'undefined') postMessage(await globalThis.deathOfBusy())
