import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { transform } from '@experimental-threads/compiler'
import { appendBoot, BOOT_ID } from '@experimental-threads/compiler/plugin-core'
import * as esbuild from 'esbuild'
import { expect, test } from 'vitest'

import { extensionOf, generate, textOf } from './grammar/program.ts'
import { tell } from './halves.ts'
import { JSX } from './check.ts'
import { isBrokenByEsbuild } from './esbuild-switch.ts'
import { toJavaScript, toOlderJavaScript } from './modules.ts'
import { asWritten } from './outcome.ts'
import { runReference } from './reference.ts'

/** How many programs are run on real workers: a bundle and threads cost far more than the rest. */
const COUNT = 200

/** How long all of them may take, in milliseconds. It only ends what hangs. */
const MAX_RUN = 240_000

const { FUZZ_SEED } = process.env
const seed = FUZZ_SEED === undefined ? 1 : Number(FUZZ_SEED)

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test(`programs do on real workers what they do in place, from seed ${seed}`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-workers-'))
  try {
    symlinkSync(here('../../node_modules'), join(folder, 'node_modules'), 'dir')
    const seeds = Array.from({ length: COUNT }, (_, index) => seed + index)
    const entries = seeds.map((each) => writeProgram(folder, each)).filter((entry) => entry !== null)
    await bundle(folder, entries)
    const actual = await run(folder)
    const expected = await Promise.all(entries.map(({ seed: each }) => expectedOf(each)))
    entries.forEach((entry, index) =>
      expect(asWritten(actual[index]!), `seed ${entry.seed}`).toBe(asWritten(expected[index]!)),
    )
    tell(
      `${entries.length} programs from seed ${seed} compared on real workers; ${COUNT - entries.length} refused or left out`,
    )
    expect(entries.length).toBeGreaterThan(COUNT / 2)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('esbuild still takes a function of one case from the others, so such programs are left out', async () => {
  const run = async (program: string, bundle: boolean): Promise<unknown> => {
    const code = bundle ? (await esbuild.transform(program, { format: 'esm', target: 'node20' })).code : program
    const { main } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { main: () => number }
    return main()
  }
  const across =
    'export function main() { switch (1) { case 0: function a() { return 1 } break; default: return a() } }'
  expect(isBrokenByEsbuild(across)).toBe(true)
  expect(await run(across, false)).toBe(1)
  await expect(run(across, true)).rejects.toThrow(ReferenceError)
  const within = 'export function main() { switch (0) { case 0: return a(); function a() { return 1 } } }'
  expect(isBrokenByEsbuild(within)).toBe(false)
  expect(await run(within, true)).toBe(1)
})

async function expectedOf(each: number): Promise<string> {
  const program = generate(each)
  const lang = extensionOf(program.language)
  const { text } = await runReference(
    (program.language.recent ? toOlderJavaScript : toJavaScript)(textOf(program, 'reference'), lang),
  )
  return text
}

interface Entry {
  seed: number
  file: string
  modules: Record<string, string>
}

/** Writes a program and its worker modules; null when it is refused, or cannot be compared. */
function writeProgram(folder: string, each: number): Entry | null {
  const program = generate(each)
  const lang = extensionOf(program.language)
  const source = textOf(program, 'lifted')
  const output = transform(source, {
    filename: `fuzz@1.0.0/${each}/program.${lang}`,
    jsx: JSX,
    // All that the bundler writes lies in one folder.
    reference: ({ name }) => `new URL("./${name}.mjs", import.meta.url).href`,
    specifier: ({ name }) => `./${name}.${lang}`,
  })
  if (output.diagnostics.some(({ severity }) => severity === 'error')) return null
  if (isBrokenByEsbuild(toJavaScript(source, lang))) return null
  const place = join(folder, String(each))
  mkdirSync(place)
  copyFileSync(here('library.ts'), join(place, 'library.ts'))
  const file = join(place, `program.${lang}`)
  writeFileSync(file, output.modules.length > 0 ? appendBoot(output.code) : output.code)
  const modules: Record<string, string> = {}
  for (const { name, code } of output.modules) {
    modules[name] = join(place, `${name}.${lang}`)
    writeFileSync(modules[name], code)
  }
  return { seed: each, file, modules }
}

async function bundle(folder: string, entries: readonly Entry[]): Promise<void> {
  const programs = entries.map(({ file }) => `() => import(${JSON.stringify(file)}),`)
  writeFileSync(join(folder, 'worker.ts'), `import 'experimental-threads/worker'\n`)
  writeFileSync(
    join(folder, 'boot.ts'),
    `import { $boot } from 'experimental-threads/internal'\n$boot(new URL('./worker.mjs', import.meta.url).href)\n`,
  )
  writeFileSync(
    join(folder, 'main.ts'),
    `import { writeFileSync } from 'node:fs'
import { outcomeOf } from ${JSON.stringify(here('outcome.ts'))}
const programs = [\n${programs.join('\n')}\n]
// A program may fail before it comes to await a thread.
process.on('unhandledRejection', () => {})
const outcomes = []
for (const load of programs) {
  const { text } = await outcomeOf(async () => {
    const { main, ...exports } = await load()
    return [await main(), exports]
  })
  outcomes.push(text)
}
writeFileSync(process.argv[2], JSON.stringify(outcomes))
`,
  )
  await esbuild.build({
    entryPoints: Object.assign(
      { main: join(folder, 'main.ts'), worker: join(folder, 'worker.ts') },
      ...entries.map(({ modules }) => modules),
    ) as Record<string, string>,
    outdir: join(folder, 'out'),
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    jsx: 'transform',
    jsxFactory: JSX.factory,
    jsxFragment: JSX.fragment,
    alias: { [BOOT_ID]: join(folder, 'boot.ts') },
  })
}

async function run(folder: string): Promise<string[]> {
  const results = join(folder, 'results.json')
  await promisify(execFile)(process.execPath, [join(folder, 'out', 'main.mjs'), results], { timeout: MAX_RUN })
  return JSON.parse(readFileSync(results, 'utf8')) as string[]
}
