// The columns of the matrix: a form of the app, and what runs it.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { inChromium, inFirefox, inWebKit, missing } from './browsers.ts'
import { BUN, folder, pages, repository, scripts } from './builds.ts'

/** What each program ended with. */
export type Outcome = Record<string, unknown>

/** One column. */
export interface Host {
  /** What runs the app */
  runtime: string
  /** What built it, or serves it */
  form: string
  /** Why it cannot run on this machine, with what to do; null when it can */
  missing(): string | null
  run(): Promise<Outcome>
}

const installed = fileURLToPath(new URL('node_modules', import.meta.url))
export const INSTALL = 'run `npm run matrix`, which installs it'

/** Programs that run scripts, with the flags before the file. */
const engines: Record<string, { file: string; flags: string[] }> = {
  [`Node ${process.versions.node.split('.')[0]}`]: { file: process.execPath, flags: [] },
  'Node 22': { file: join(installed, 'node-22/bin/node'), flags: [] },
  'Node 24': { file: join(installed, 'node-24/bin/node'), flags: [] },
  'Node 26': { file: join(installed, 'node-26/bin/node'), flags: [] },
  Deno: { file: join(installed, '@deno/linux-x64-glibc/deno'), flags: ['run', '--allow-all'] },
  Bun: { file: BUN, flags: [] },
}
const [here] = Object.keys(engines) as [string]
const nodes = Object.keys(engines).filter((name) => name.startsWith('Node'))

function inEngine(name: string, form: keyof typeof scripts, flags: string[] = []): Host {
  const engine = engines[name]!
  return {
    runtime: name,
    form: form === 'source' ? 'experimental-threads/register' : form,
    missing: () => (existsSync(engine.file) && hasBuilder(form) ? null : INSTALL),
    run: async () => run(engine.file, [...engine.flags, ...flags, await scripts[form]()]),
  }
}

/** Bun builds for others too. */
function hasBuilder(form: string): boolean {
  return form !== 'Bun.build' || existsSync(BUN)
}

const browsers = { Chromium: inChromium, Firefox: inFirefox, WebKit: inWebKit } as const

function inBrowser(name: keyof typeof browsers, form: keyof typeof pages): Host {
  const key = name.toLowerCase() as keyof typeof missing
  const lacks = (): string | null => (hasBuilder(form) ? missing[key]() : INSTALL)
  return { runtime: name, form, missing: lacks, run: async () => browsers[name](await pages[form]()) }
}

/** Every host, in the order of the table. */
export const hosts: Host[] = [
  ...nodes.map((name) => inEngine(name, 'source', ['--import', 'experimental-threads/register'])),
  inEngine('Deno', 'source', ['--preload', 'npm:experimental-threads/register']),
  inEngine('Bun', 'source', ['--preload', 'experimental-threads/register']),
  ...Object.keys(engines).map((name) => inEngine(name, 'esbuild, one pass')),
  inEngine(here, 'esbuild, two passes'),
  ...Object.keys(engines).map((name) => inEngine(name, 'Vite 8, build --ssr')),
  inEngine(here, 'Vite 7, build --ssr'),
  inEngine(here, 'Bun.build'),
  inEngine('Bun', 'Bun.build'),
  onServerSide(8),
  onServerSide(7),
  { runtime: here, form: 'Vitest', missing: () => null, run: inVitest },
  ...(['Chromium', 'Firefox', 'WebKit'] as const).flatMap((name) =>
    (['Vite 8, build', 'Vite 8, dev server', 'esbuild'] as const).map((form) => inBrowser(name, form)),
  ),
  inBrowser('Chromium', 'Bun.build'),
  inBrowser('Chromium', 'Vite 7, build'),
  inBrowser('Chromium', 'Vite 7, dev server'),
]

function onServerSide(version: 7 | 8): Host {
  const load = async (): Promise<Outcome> => {
    const script = join(await folder(), 'server-side.mjs')
    return run(process.execPath, [script, version === 8 ? 'vite' : 'vite-7', repository])
  }
  return { runtime: here, form: `Vite ${version}, dev server`, missing: () => null, run: load }
}

async function inVitest(): Promise<Outcome> {
  const root = await folder()
  // The name keeps it from the runner of this suite.
  const config = `import threads from 'vite-plugin-experimental-threads'
export default { plugins: [threads()], test: { include: ['src/all.vitest.ts'] } }
`
  await writeFile(join(root, 'vitest.config.ts'), config)
  const cli = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  return run(process.execPath, [cli, 'run'])
}

/** Runs a program to its end and takes the outcome from what it prints. */
async function run(file: string, args: string[]): Promise<Outcome> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' }
  const options = { cwd: await folder(), env, timeout: 90_000, maxBuffer: 2 ** 24 }
  const { stdout, stderr } = await promisify(execFile)(file, args, options)
  // Not `.`, for which there are ends of lines in texts of JSON.
  const text = /^OUTCOME ([^\n]*)/m.exec(stdout)?.[1]
  if (text === undefined) throw new Error(`no outcome\n${stdout}\n${stderr}`)
  return JSON.parse(text) as Outcome
}
