// What profilers and coverage say of a closure: through the source map it is its own lines.

import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { expect, test } from 'vitest'

import { outputOf, project } from './esbuild-project.ts'
import type { Project } from './esbuild-project.ts'

const MAIN = `import { spawn } from 'experimental-threads'

const heavy = (n: number): number => {
  let sum = 0
  for (let index = 0; index < n; index++) sum += Math.sqrt(index)
  return sum
}

void spawn(() => {
  const end = performance.now() + 200
  let sum = 0
  while (performance.now() < end) sum += heavy(10_000)
  if (sum < 0) console.log('never')
  return sum > 0
}).then((is) => console.log(is))
`

const lineOf = (text: string): number => MAIN.slice(0, MAIN.indexOf(text)).split('\n').length

/** Builds and runs the program; its profile or coverage lies in the folder `told`, one file for each thread. */
async function run(target: Project, flags: string[], env: Record<string, string>): Promise<string[]> {
  const { metafile } = await target.build({ format: 'esm', splitting: true, sourcemap: true, minifyWhitespace: true })
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, target.path(outputOf(metafile, 'src/main.ts'))],
    { cwd: target.directory, env: { PATH: process.env['PATH'], ...env } },
  )
  expect(stdout).toBe('true\n')
  return readdirSync(target.path('told')).map((file) => readFileSync(target.path(`told/${file}`), 'utf8'))
}

/** The line of `src/main.ts` that a place in a built file comes from, both 1-based; null when it comes from elsewhere. */
function originalLine(url: string, line: number, column: number): number | null {
  const map = new TraceMap(readFileSync(`${fileURLToPath(url)}.map`, 'utf8'))
  const found = originalPositionFor(map, { line, column })
  return found.source?.endsWith('src/main.ts') === true ? found.line : null
}

interface Profile {
  nodes: {
    callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number }
    hitCount: number
  }[]
}

test('a CPU profile shows the time of a closure and its helpers at their lines', async () => {
  const target = project({ 'src/main.ts': MAIN })
  const texts = await run(target, ['--cpu-prof', '--cpu-prof-dir', target.path('told')], {})
  const found = new Map<number, number>()
  for (const { callFrame, hitCount } of texts.flatMap((text) => (JSON.parse(text) as Profile).nodes)) {
    const { url, lineNumber, columnNumber } = callFrame
    if (!url.startsWith('file:') || !url.includes('/out/')) continue
    const line = originalLine(url, lineNumber + 1, columnNumber)
    if (line !== null) found.set(line, (found.get(line) ?? 0) + hitCount)
  }
  // Nearly all of the time is that of the helper; the closure called it.
  expect([...found.keys()]).toEqual(expect.arrayContaining([lineOf('const heavy'), lineOf('void spawn')]))
  expect(found.get(lineOf('const heavy'))).toBeGreaterThan(10)
})

interface Coverage {
  result: { url: string; functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[] }[]
}

test('coverage counts the lines of a closure that ran, and not those that did not', async () => {
  const target = project({ 'src/main.ts': MAIN })
  const texts = await run(target, [], { NODE_V8_COVERAGE: target.path('told') })
  const counts = new Map<number, number>()
  for (const { url, functions } of texts.flatMap((text) => (JSON.parse(text) as Coverage).result)) {
    if (!url.startsWith('file:') || !url.includes('/out/')) continue
    const lines = readFileSync(fileURLToPath(url), 'utf8').split('\n')
    for (const { startOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
      const [line, column] = placeOf(lines, startOffset)
      const original = originalLine(url, line, column)
      if (original !== null) counts.set(original, Math.max(counts.get(original) ?? 0, count))
    }
  }
  expect(counts.get(lineOf('void spawn'))).toBe(1)
  expect(counts.get(lineOf('const heavy'))).toBeGreaterThan(10)
  expect(counts.get(lineOf('if (sum < 0)'))).toBe(0)
})

function placeOf(lines: readonly string[], offset: number): [line: number, column: number] {
  let left = offset
  let line = 0
  while (left > lines[line]!.length) left -= lines[line++]!.length + 1
  return [line + 1, left]
}
