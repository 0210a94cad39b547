// What TypeScript tells a user of options: `tsc` itself, over a file as a user would write it.

import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { runNode, writeApp } from './apps/vite-tools.ts'

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

const STRICT = {
  target: 'ES2022',
  module: 'NodeNext',
  lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
  types: [],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
}

/** What the compiler says of a file. */
async function messagesFor(text: string, more: object = {}, packages: string[] = []): Promise<string> {
  const tsconfig = JSON.stringify({ compilerOptions: { ...STRICT, ...more }, files: ['main.ts'] })
  await using app = await writeApp({ 'main.ts': text, 'tsconfig.json': tsconfig }, packages)
  const { stdout } = await runNode(tsc, { args: ['-p', app.root, '--pretty', 'false'], cwd: app.root })
  return stdout
}

test('a wrong option is named, in each kind of call', async () => {
  const calls = [
    'spawn(() => 1, WRONG)',
    'spawn(async () => 1, WRONG)',
    'spawn(function* () { yield 1 }, WRONG)',
    'spawn(job, WRONG)',
    'spawn(move(1), (n) => n, WRONG)',
    'spawn(move(1), withNumber, WRONG)',
    'scope.spawn(job, WRONG)',
    'scope.spawn(move(1), withNumber, WRONG)',
    'parallelMap([1], (n) => n, WRONG)',
    'parallelMap([1], withNumber, WRONG)',
  ]
  const text = (wrong: string): string => `import { move, parallelMap, spawn, task } from 'experimental-threads'
import type { ThreadScope } from 'experimental-threads'
const job = task(() => 1)
const withNumber = task((n: number) => n)
declare const scope: ThreadScope
declare const signal: AbortSignal
${calls.map((call) => call.replace('WRONG', wrong)).join('\n')}
`
  const last = (output: string): string[] =>
    output.split(/^main\.ts.*$/m).map((each) => each.trim().split('\n').at(-1)!)
  const misspelt = last(await messagesFor(text('{ signl: signal }'))).slice(1)
  expect(misspelt).toHaveLength(calls.length)
  for (const [index, call] of calls.entries()) {
    expect(misspelt[index], call).toMatch(/'signl' does not exist in type '\w+'\. Did you mean to write 'signal'\?$/)
  }
  const urgent = last(await messagesFor(text(`{ priority: 'urgent' }`))).slice(1)
  expect(urgent).toHaveLength(calls.length)
  for (const [index, call] of calls.entries()) {
    expect(urgent[index], call).toMatch(/Type '"urgent"' is not assignable to type '"high" \| /)
  }
})

test('so is an argument that is not what was moved', async () => {
  const text = `import { move, spawn, task } from 'experimental-threads'
const withNumber = task((n: number) => n)
spawn(move('a'), withNumber)
spawn(move(1), (n: string) => n)
spawn(withNumber)
`
  const output = await messagesFor(text)
  expect(output).toMatch(/^main\.ts\(3,18\)[^]*Type 'string' is not assignable to type 'number'/m)
  expect(output).toMatch(/^main\.ts\(4,16\)[^]*Type 'number' is not assignable to type 'string'/m)
  expect(output).toMatch(/^main\.ts\(5,7\)[^]*Target signature provides too few arguments/m)
})

test('an option that may be undefined is passed on as it is, with `exactOptionalPropertyTypes`', async () => {
  const text = `import { Barrier, Mutex, RwLock, SharedJsonBuffer, channel, configure, move, parallelMap, shutdown, spawn, threads } from 'experimental-threads'
import type { BlockingLockOptions, BlockingOptions, LockOptions, MapOptions, PoisonOptions, ResourceLimits, Settings, SpawnOptions, StreamOptions, WaitOptions } from 'experimental-threads'
import esbuildPlugin from 'esbuild-plugin-experimental-threads'
import type { Options as EsbuildOptions } from 'esbuild-plugin-experimental-threads'
import bunPlugin from 'esbuild-plugin-experimental-threads/bun'
import { serveIsolated } from 'esbuild-plugin-experimental-threads'
import vitePlugin from 'vite-plugin-experimental-threads'
import type { Options as ViteOptions } from 'vite-plugin-experimental-threads'

/** The names of properties that may be absent and may not be undefined. */
type Lacks<T> = { [Name in keyof T]-?: {} extends Pick<T, Name> ? ({ [Key in Name]: undefined } extends Pick<T, Name> ? never : Name) : never }[keyof T]
const none = <T extends never>(): T[] => []
none<Lacks<SpawnOptions>>()
none<Lacks<StreamOptions>>()
none<Lacks<MapOptions>>()
none<Lacks<WaitOptions>>()
none<Lacks<BlockingOptions>>()
none<Lacks<LockOptions>>()
none<Lacks<BlockingLockOptions>>()
none<Lacks<PoisonOptions>>()
none<Lacks<Settings>>()
none<Lacks<ResourceLimits>>()
none<Lacks<NonNullable<Parameters<typeof shutdown>[0]>>>()
none<Lacks<NonNullable<Parameters<typeof threads>[0]>>>()
none<Lacks<EsbuildOptions>>()
none<Lacks<ViteOptions>>()
none<Lacks<Pick<NonNullable<Parameters<typeof serveIsolated>[1]>, 'embedderPolicy'>>>()
// It does find one.
// @ts-expect-error
none<Lacks<{ missing?: string }>>()

export const calls = (signal?: AbortSignal, size?: number, plugin?: boolean): unknown[] => [
  spawn(() => 1, { signal }),
  spawn(function* () { yield 1 }, { signal, ahead: size }),
  spawn(move(1), (n) => n, { signal }),
  parallelMap([1], (n) => n, { signal, concurrency: size }),
  new Mutex().lock({ signal, timeout: size }),
  new RwLock().write({ signal }),
  new Barrier(1).wait({ signal }),
  channel(1)[1].recv({ timeout: size }),
  new SharedJsonBuffer({ a: 1 }, { size }),
  threads({ signal }),
  configure({ maxThreads: size, resourceLimits: { stackSizeMb: size } }),
  shutdown({ deadline: size }),
  esbuildPlugin({ inline: plugin }),
  bunPlugin({ include: undefined }),
  vitePlugin({ crossOriginIsolated: plugin }),
]
`
  const plugins = ['vite-plugin-experimental-threads', 'esbuild-plugin-experimental-threads', 'vite', 'esbuild']
  const more = { exactOptionalPropertyTypes: true, types: ['node'] }
  expect(await messagesFor(text, more, [...plugins, '@types/node'])).toBe('')
})

test('types hold in a program for Node without the library of pages, and on a page without that of `using`', async () => {
  const text = `import { callback, channel, drop, move, Mutex, parallelMap, spawn, threads } from 'experimental-threads'

const onProgress = callback((n: number) => n)
// @ts-expect-error
onProgress('a')
// @ts-expect-error
spawn(() => 1, { transfer: [null] })
// @ts-expect-error
drop(12)
export const fine = async (): Promise<unknown[]> => {
  const guard = await new Mutex(new Int32Array(4)).lock()
  drop(guard)
  using other = await new Mutex(new Int32Array(4)).lock()
  await using scope = threads()
  spawn(() => 1, { scope, transfer: [new ArrayBuffer(8), new MessageChannel().port1] })
  return [other, channel<number>(1), move(1), parallelMap([1], (n) => n), onProgress(1)]
}
`
  const strictest = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false }
  for (const [lib, types] of [
    [['ES2022'], ['node']],
    [['ES2022', 'DOM'], ['node']],
    [['ES2022', 'DOM'], []],
    [['ES2022', 'WebWorker'], []],
  ]) {
    expect(await messagesFor(text, { ...strictest, lib, types }, ['@types/node']), `${lib} ${types}`).toBe('')
    expect(await messagesFor(text, { lib, types }, ['@types/node']), `${lib} ${types}`).toBe('')
  }
})
