// Workers of Node that the user has started, and what they share with the program.

import { Worker } from 'node:worker_threads'

import { configure, connect, shutdown } from 'experimental-threads'
import type { PoisonedError } from 'experimental-threads'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { hit, hits } from './modules/joined.mjs'
import { failureOf, runProgram, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 2 }))
afterAll(() => shutdown({ deadline: 0 }))

const workers: Worker[] = []
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())))

/** A worker that does this; after its first message. */
async function joining(task: string): Promise<Worker> {
  const worker = new Worker(new URL('./programs/joining.mjs', import.meta.url), { workerData: task })
  workers.push(worker)
  connect(worker)
  await new Promise((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
  })
  return worker
}

/** The error of whoever wants the lock, which is given up now. */
async function poisonedBy(end: () => unknown): Promise<PoisonedError> {
  const refused = failureOf(() => hits.value.lock({ timeout: 10_000 }))
  await end()
  const error = await refused
  hits.value.clearPoison()
  return error as PoisonedError
}

describe('a worker of the user', () => {
  it('has the values that modules declare, and may block', async () => {
    const counted = [joining('counts'), joining('counts')]
    await hit(1000)
    await Promise.all(counted)
    const guard = await hits.value.lock()
    expect(guard.value[0]).toBe(3000)
    guard.unlock()
  })

  it('that ends with a lock in its hands poisons it', async () => {
    const worker = await joining('keeps')
    const number = worker.threadId
    const error = await poisonedBy(() => worker.postMessage('end'))
    expect(error).toMatchObject({ code: 'R538' })
    expect(error.message).toContain(`the thread \`worker ${number}\` ended while it held the \`Mutex\` \`hits_joined\``)
    const killed = await joining('keeps')
    expect(await poisonedBy(() => killed.terminate())).toMatchObject({ code: 'R538' })
  })

  it('takes the workers that it has started with it', async () => {
    const outer = await joining('nests')
    expect(await poisonedBy(() => outer.terminate())).toMatchObject({ code: 'R538' })
  })

  it('that a thread has started ends with that thread', async () => {
    const thread = start('any', [], { module: 'joined' })
    expect(await failureOf(() => thread)).toMatchObject({ code: 'R504' })
    expect(await failureOf(() => hits.value.lock({ timeout: 10_000 }))).toMatchObject({ code: 'R538' })
    hits.value.clearPoison()
    hits.value.tryLock()!.unlock()
  })
})

describe('connect', () => {
  it('refuses what is no worker', () => {
    expect(() => connect({} as Worker)).toThrow('`connect` needs a `Worker` of this host, and not `Object`')
    expect(() => connect(undefined as unknown as Worker)).toThrow(/E325|not `undefined`/)
  })

  it('refuses to join what is not there', async () => {
    const { code, output } = await runProgram('connects-late')
    expect(output.trim().split('\n')).toEqual([
      'main, without a worker: E326',
      'main, of a worker that was started before: E324',
      'worker: E324',
    ])
    expect(code).toBe(0)
  })
})
