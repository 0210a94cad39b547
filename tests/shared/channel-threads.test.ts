import { channel, configure, move, shutdown } from 'experimental-threads'
import type { Receiver, Sender } from 'experimental-threads'
import { $shared, $spawn } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { failureOf, reaches, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const module = 'channels'
const declared = (id: string): [Sender<number>, Receiver<number>] =>
  $shared(channel, id, 'h1', () => [4]) as unknown as [Sender<number>, Receiver<number>]

/** A thread that gets this sender, and nobody else, and sends 0, 1 and 2. */
function produceThree(tx: Sender<number>): Promise<unknown> {
  const load = new URL('./modules/channel-args.mjs', import.meta.url).href
  const site = { p: 1, load, name: 'producer', at: 'src/a.ts:1:1', captures: [], blocks: false }
  return $spawn(site, move(tx, 3) as never, undefined, []).join()
}

const run = (name: string, captures: unknown[], blocks = false): Promise<unknown> =>
  start(name, captures, { module, blocks })

describe('a channel between threads', () => {
  it('gives each message to one receiver, in the order of each sender, whatever way they wait', async () => {
    for (const capacity of [1, 7, 256]) {
      const [tx, rx] = channel<number>(capacity)
      const consumers = [run('consume', [rx, 'await']), run('consume', [rx, 'block'], true)]
      const producers = ['block', 'await', 'try'].map((how, index) =>
        run('produce', [tx, index * 10_000, 2_000, how], how === 'block'),
      )
      tx.dispose()
      rx.dispose()
      await Promise.all(producers)
      const got = (await Promise.all(consumers)) as number[][]
      for (const list of got)
        for (const producer of [0, 1, 2]) {
          const own = list.filter((value) => Math.floor(value / 10_000) === producer)
          expect(own).toEqual(own.toSorted((a, b) => a - b))
        }
      const expected = [0, 1, 2].flatMap((producer) =>
        Array.from({ length: 2_000 }, (_, index) => producer * 10_000 + index),
      )
      expect(got.flat().toSorted((a, b) => a - b)).toEqual(expected)
    }
  })

  it('closes when the thread that the only sender moved to has ended', async () => {
    const [tx, rx] = channel<number>(2)
    const thread = produceThree(tx)
    expect((await tx.send(1)).error).toMatchObject({ code: 'R591' })
    const got: number[] = []
    for await (const value of rx) got.push(value)
    expect(got).toEqual([0, 1, 2])
    await thread
  })

  it('closes likewise when a module declares it, and its sender has moved', async () => {
    const [tx, rx] = declared('moved')
    const thread = produceThree(tx)
    expect((await tx.send(1)).error).toMatchObject({ code: 'R591' })
    expect(await failureOf(() => tx.clone())).toMatchObject({ code: 'R591' })
    expect(await failureOf(() => run('giveBack', [tx]))).toMatchObject({ code: 'R591' })
    const got: number[] = []
    for await (const value of rx) got.push(value)
    expect(got).toEqual([0, 1, 2])
    await thread
    // Also where the declaration is evaluated later.
    expect(await run('useMoved', [])).toBe('R591')
  })

  it('stays open while a clone of a moved sender of the module is there', async () => {
    const [tx, rx] = declared('cloned')
    await produceThree(tx.clone())
    for (const value of [0, 1, 2]) expect((await rx.recv()).value).toBe(value)
    expect(rx.tryRecv().error).toMatchObject({ code: 'R593' })
    const own = tx.clone()
    await produceThree(tx)
    for (const value of [0, 1, 2]) expect((await rx.recv()).value).toBe(value)
    expect((await own.send(3)).ok).toBe(true)
    own.dispose()
    expect((await rx.recv()).value).toBe(3)
    expect((await rx.recv()).error).toMatchObject({ code: 'R590' })
  })

  it('keeps the ends of the module when one that was sent is given back', async () => {
    const [tx, rx] = declared('sent in a message')
    const [senders, there] = channel<Sender<unknown>>(2)
    const answering = run('answer', [there])
    for (let count = 0; count < 2; count++) {
      await senders.send(tx as Sender<unknown>)
      expect((await rx.recv()).value).toBe('answer')
    }
    senders.close()
    await answering
    expect(tx.trySend(1).ok).toBe(true)
  })

  it('keeps the memory of a channel that a module declares when all its ends are gone', async () => {
    const ringOf = (end: object): Int32Array => (end as { claim: { core: { ring: Int32Array } } }).claim.core.ring
    const [tx, rx] = declared('all gone')
    await produceThree(tx)
    rx.dispose()
    const [other] = channel(4)
    other.trySend(1)
    expect(ringOf(other).byteOffset).not.toBe(ringOf(tx).byteOffset)
  })

  it('closes when the threads that have the other ends have died', async () => {
    const [tx, rx] = channel<unknown>(4)
    const words = sharedWords(2)
    const thread = start('die', [tx, words], { module })
    tx.dispose()
    await reaches(words, 0, 1)
    expect((await rx.recv()).value).toBe('last words')
    const waiting = rx.recv()
    const ended = failureOf(() => thread)
    await shutdown({ deadline: 0 })
    await ended
    expect((await waiting).error).toMatchObject({ code: 'R590' })
  })

  it('tells a sender that the thread of the last receiver has died', async () => {
    const [tx, rx] = channel<number>(4)
    const words = sharedWords(2)
    const thread = start('exit', [rx, words], { module, blocks: true })
    rx.dispose()
    await reaches(words, 0, 1)
    expect((await tx.send(1)).ok).toBe(true)
    Atomics.store(words, 1, 1)
    Atomics.notify(words, 1)
    await failureOf(() => thread)
    expect((await tx.send(2)).error).toMatchObject({ code: 'R590' })
  })

  it('is the same channel in every thread when a module declares it', async () => {
    const [jobs] = declared('jobs')
    const [results, rx] = channel<number>(8)
    const users = [run('useModule', [results]), run('useModule', [results])]
    results.dispose()
    const fed = Promise.all([run('feedModule', [20]), run('feedModule', [20])]).then(() => jobs.close())
    const got: number[] = []
    for await (const value of rx) got.push(value)
    await Promise.all([...users, fed])
    expect(got).toHaveLength(40)
    expect(got.reduce((sum, value) => sum + value)).toBe(2 * 210)
  })

  it('comes back from a thread', async () => {
    const [tx, rx] = channel<string>(2)
    const back = (await run('giveBack', [tx])) as Sender<string>
    tx.dispose()
    expect((await rx.recv()).value).toBe('from the thread')
    expect((await back.send('again')).ok).toBe(true)
    expect((await rx.recv()).value).toBe('again')
    back.dispose()
    expect((await rx.recv()).ok).toBe(false)
  })

  it('may not block a worker that others may share', async () => {
    const [, rx] = channel<string>(2)
    expect(await failureOf(() => run('blockHere', [rx]))).toMatchObject({ code: 'R532' })
  })
})

describe('memory for messages', () => {
  it('is waited for, and comes back from threads that have died', async () => {
    const { code, output } = await runProgram('heap-waits')
    expect(output.trim().split('\n')).toEqual([
      'full R593 true',
      'R537 true true true',
      '1 small true',
      '20',
      'true',
      '700000',
    ])
    expect(code).toBe(0)
  })

  it('may be used up, and then nothing is lost', async () => {
    expect(await runProgram('heap-full')).toEqual({
      code: 0,
      output: 'R594\nR594\nR594\ntrue small {"text":"short"}\n',
    })
  })
})
