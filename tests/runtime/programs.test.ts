import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a program of the folder `programs` with Node, to its end. */
function program(name: string, nodeOptions: string[] = [], args: string[] = []): Promise<Ended> {
  return node([...nodeOptions, fileURLToPath(new URL(`./programs/${name}.mjs`, import.meta.url)), ...args])
}

function node(args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : ((error.code as number | undefined) ?? null), stdout, stderr })
    })
  })
}

describe('a program', () => {
  it('ends by itself when its threads have, with no timer left that would hold it', async () => {
    expect(await program('ends')).toEqual({ code: 0, stdout: '3\nexit 0\n', stderr: '' })
  })

  it('stays alive while a thread runs', async () => {
    expect(await program('kept-alive')).toMatchObject({ code: 0, stdout: 'kept alive\n' })
  })

  it('ends while an unref’d thread runs', async () => {
    expect(await program('unref')).toMatchObject({ code: 0, stdout: '3\n' })
  })

  it('is told of a failed thread that nobody looked at, with the place of the spawn', async () => {
    const { code, stderr } = await program('unhandled')
    expect(code).toBe(1)
    expect(stderr).toContain('RangeError: too far')
    expect(stderr).toContain('at spawn (src/a.ts:12:8)')
  })

  it('is told of a failed stream that nobody looked at', async () => {
    const { code, stderr } = await program('stream-unhandled')
    expect(code).toBe(1)
    expect(stderr).toContain('RangeError: too far')
    expect(stderr).toContain('at spawn (src/a.ts:12:8)')
  })

  it('ends a while after it has aborted a thread that never stops', async () => {
    expect(await program('aborted-forever')).toEqual({ code: 0, stdout: 'enough\n', stderr: '' })
  })

  it('ends while a stream waits for values to be taken', async () => {
    expect(await program('stream-left')).toEqual({ code: 0, stdout: '499500 0\n', stderr: '' })
  })

  it('stays alive while somebody waits for a value of a stream, or for its end', async () => {
    expect(await program('streams-in-turn')).toEqual({ code: 0, stdout: '20 false done\n', stderr: '' })
  })

  it('ends with callbacks left in threads', async () => {
    expect(await program('callback-ends')).toEqual({ code: 0, stdout: '2\nexit 0\n', stderr: '' })
  })

  it('gets the result of a thread whose signal fails when nobody listens any more', async () => {
    expect(await program('broken-signal')).toEqual({ code: 0, stdout: 'uncaught broken\n3 7\n', stderr: '' })
  })

  it('runs dedicated threads without shared memory', async () => {
    expect(await program('dedicated-not-shared')).toEqual({ code: 0, stdout: '3 3\n', stderr: '' })
  })

  it('has tasks, parallelMap, callbacks and streams without workers too', async () => {
    const { code, stdout } = await program('serial-surface')
    expect([code, stdout.split('\n').at(-2)]).toEqual([0, '[3,[2,4],5,[0,1,2]]'])
  })

  it('is not told of a failure that join() reported', async () => {
    expect(await program('joined')).toEqual({ code: 0, stdout: 'false too far\n', stderr: '' })
  })

  it('hears that the plugin is missing when no call was transformed', async () => {
    expect((await program('not-lifted')).stdout).toBe('R501 true true\n'.repeat(3))
  })

  it('hears what is missing when nobody told the runtime where its worker is', async () => {
    expect((await program('not-booted')).stdout).toContain('R508 the spawn at src/a.ts:12:8 cannot start a worker')
  })

  it('hears that the worker cannot be started, once for all that wait', async () => {
    const { code, stdout } = await program('worker-missing')
    expect(code).toBe(0)
    expect(stdout).toContain("Set(1) { 'WorkerStartError' } R506 MODULE_NOT_FOUND")
  })

  it('hears so as well when the platform refuses the worker at once', async () => {
    const refused = 'WorkerStartError R506 ERR_INVALID_URL_SCHEME\n'
    expect(await program('worker-refused')).toEqual({ code: 0, stdout: refused + refused, stderr: '' })
  })

  it('has no worker that nobody knows when there is no room for shared memory', async () => {
    expect(await program('no-addresses')).toEqual({ code: 0, stdout: 'no addresses left 0 0\nexit\n', stderr: '' })
  })

  it('hears that a class did not load, also while the chunk still loads', async () => {
    expect(await program('class-missing')).toEqual({
      code: 0,
      stdout: 'ChunkLoadError R505 ERR_MODULE_NOT_FOUND\n',
      stderr: '',
    })
  })

  it('goes on when a thread has used up its memory', async () => {
    const { stdout } = await program('out-of-memory', ['--max-old-space-size=48'])
    expect(stdout).toBe('WorkerTerminatedError ERR_WORKER_OUT_OF_MEMORY\n3\n')
  })

  it('goes on when a worker could not read what it was sent', async () => {
    const { stdout } = await program('too-deep', ['--stack-size=3900'], ['8150'])
    expect(stdout).toContain('R510 the captured values or arguments of the thread spawned at src/a.ts:12:8')
    expect(stdout.endsWith('\n3\n')).toBe(true)
  })

  it('has one pool, also with two copies of the runtime', async () => {
    expect((await program('second-copy')).stdout).toBe('6 1 1\n')
  })

  it('runs where there is no Symbol.asyncDispose', async () => {
    expect(await program('no-async-dispose')).toMatchObject({ code: 0, stdout: '3 false\n' })
  })

  it('hears of an error that a thread left behind, and goes on', async () => {
    const { code, stdout, stderr } = await program('left-behind')
    expect([code, stdout]).toEqual([0, 'done\n3\n'])
    expect(stderr).toContain("code: 'R517'")
    expect(stderr).toContain('left behind')
  })

  it('may be text on the command line', async () => {
    const text = `import { boot, start } from ${JSON.stringify(new URL('./programs/support.mjs', import.meta.url).href)}
      boot()
      console.log(await start('add', [1, 2]))`
    expect(await node(['--input-type=module', '--eval', text])).toMatchObject({ code: 0, stdout: '3\n' })
  })
})
