// @ts-check
// Other libraries for workers, and ours, at the same work, each in processes of its own, in turns; a table in Markdown. Cells are two
// ratios to bare messages of the same process (the time that a tenth of all slices stay below, and the median), each the median of all
// rounds. `ROUNDS=9 npm run bench peers` measures longer; `ONLY=comlink,piscina` measures these.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { build } from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'

import { bundled, kilobytes } from './bundled.mjs'
import { low } from './measure.mjs'
import { LIBRARIES } from './peers/libraries.mjs'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const ONLY = process.env['ONLY']?.split(',')
const MEASURES = ['round-trip', 'thousand', 'moved', 'cold', 'memory-1', 'memory-5', 'cores']

/** A process that takes longer has come to nothing. Milliseconds. */
const LONGEST = 120_000

const here = fileURLToPath(new URL('peers/', import.meta.url))
const built = mkdtempSync(join(tmpdir(), 'peers-'))
const run = promisify(execFile)

await build({
  entryPoints: [join(here, 'adapters/experimental-threads.mjs')],
  outdir: built,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  plugins: [experimentalThreads()],
})

/** @param {string} name */
const adapter = (name) =>
  pathToFileURL(name === 'experimental-threads' ? join(built, `${name}.mjs`) : join(here, `adapters/${name}.mjs`)).href

/**
 * Null when a library cannot do it.
 *
 * @param {import('./peers/libraries.mjs').Library} library
 * @param {string} measure
 * @returns {Promise<number[] | null>}
 */
async function measured({ name, copies = false }, measure) {
  if (copies && measure === 'moved') return null
  const args = ['--expose-gc', join(here, 'measures.mjs'), measure, adapter(name), adapter('raw')]
  try {
    const { stdout } = await run(process.execPath, args, { timeout: LONGEST })
    return JSON.parse(stdout)
  } catch (error) {
    console.error(`${name}, ${measure}: ${String(error).slice(0, 500)}`)
    return null
  }
}

/** @param {readonly number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

/** What all rounds gave, by library and measure. @type {Map<string, number[][]>} */
const results = new Map()
const libraries = LIBRARIES.filter(({ name }) => ONLY?.includes(name) ?? true)
for (let round = 0; round < ROUNDS; round++) {
  for (const measure of MEASURES) {
    for (const library of libraries) {
      const values = await measured(library, measure)
      if (values === null) continue
      const key = `${library.name} ${measure}`
      results.set(key, [...(results.get(key) ?? []), values])
    }
  }
}

/** @param {string} name @param {string} measure */
const of = (name, measure) => results.get(`${name} ${measure}`) ?? []

/** @param {number} number */
const short = (number) => (number >= 10 ? number.toFixed(0) : number.toFixed(number >= 1 ? 1 : 2))

/** Times in turns with bare messages: their ratios, or the times of bare messages themselves. @param {string} name @param {string} measure */
function besideRaw(name, measure) {
  const rounds = of(name, measure).map((times) => ({
    own: times.filter((_, index) => index % 2 === 0),
    raw: times.filter((_, index) => index % 2 === 1),
  }))
  if (rounds.length === 0) return '–'
  if (name === 'raw') {
    return `${short(median(rounds.map(({ raw }) => low(raw))))} / ${short(median(rounds.map(({ raw }) => median(raw))))} µs`
  }
  const lows = rounds.map(({ own, raw }) => low(own) / low(raw))
  const medians = rounds.map(({ own, raw }) => median(own) / median(raw))
  return `${median(lows).toFixed(2)} / ${median(medians).toFixed(2)}`
}

/** @param {string} name */
function cold(name) {
  const times = of(name, 'cold').flat()
  return times.length === 0 ? '–' : `${low(times).toFixed(0)} / ${median(times).toFixed(0)}`
}

/** @param {string} name */
function worker(name) {
  const [one, five] = [of(name, 'memory-1').flat(), of(name, 'memory-5').flat()]
  return one.length === 0 || five.length === 0 ? '–' : ((median(five) - median(one)) / 4).toFixed(1)
}

/** @param {string} name */
function cores(name) {
  const ratios = of(name, 'cores').flat()
  return ratios.length === 0 ? '–' : median(ratios).toFixed(2)
}

/** @param {import('./peers/libraries.mjs').Library} library */
async function bytes({ client, worker: side, platform }) {
  if (client === undefined || side === undefined) return '–'
  const how = { platform: platform ?? 'node', from: here }
  const [one, other] = [await bundled(client, how), await bundled(side, how)]
  return `${kilobytes(one.gzip).replace(' kB', '')} + ${kilobytes(other.gzip)}`
}

const COLUMNS = [
  'library',
  'no-op round trip',
  '1,000 at once on 2 workers',
  '1 MB moved',
  'first result, cold, ms',
  'a further idle worker, MB',
  '16 × 100 ms on 2 workers',
  'page + worker, gzipped',
]
console.log(`| ${COLUMNS.join(' | ')} |\n|${' --- |'.repeat(COLUMNS.length)}`)
for (const library of libraries) {
  const { name } = library
  const cells = [
    name === 'raw' ? 'bare `postMessage`' : name,
    ...['round-trip', 'thousand', 'moved'].map((measure) => besideRaw(name, measure)),
    cold(name),
    worker(name),
    cores(name),
    await bytes(library),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
console.log(
  `\nNode ${process.versions.node}, ${ROUNDS} rounds; load of the machine at the end ${(loadavg()[0] ?? 0).toFixed(1)}.`,
)
rmSync(built, { recursive: true })
