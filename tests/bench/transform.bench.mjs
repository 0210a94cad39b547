// @ts-check
// How fast the transform is, with source maps, through WebAssembly and natively, how its time grows, and how large the
// WebAssembly is. What is compared was measured in turns in one run: ratios are to be believed, times are not.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { transform } from '@experimental-threads/compiler'

import { inTurns, load, low, row } from './measure.mjs'
import { buildNative } from './native.mjs'
import { program, SMALL, SMALLEST } from './programs.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const options = {
  filename: 'bench@1.0.0/src/a.ts',
  reference: (/** @type {{ name: string }} */ { name }) =>
    `new URL(${JSON.stringify(`./${name}.js`)}, import.meta.url).href`,
  specifier: (/** @type {{ name: string }} */ { name }) => `./${name}.js`,
}
const lift = (/** @type {string} */ source) => transform(source, options)

/** Milliseconds for one of many transforms in a row. @param {string} source @param {number} runs */
function each(source, runs) {
  const times = []
  for (let run = 0; run < runs; run++) {
    const start = performance.now()
    lift(source)
    times.push(performance.now() - start)
  }
  return low(times)
}

const native = buildNative()
load()

const ready = join(ROOT, 'tests', 'bench', 'ready.mjs')
const first = await inTurns(9, { first: () => Number(execFileSync(process.execPath, [ready], { encoding: 'utf8' })) })
row('first transform, loading included', `${first.first.toFixed(1)} ms`)

const wasm = readFileSync(join(ROOT, 'pkg', 'compiler', 'wasm', 'compiler_bg.wasm'))
const imports = stubs(new WebAssembly.Module(wasm))
const compiled = await inTurns(9, {
  module: () => new WebAssembly.Instance(new WebAssembly.Module(wasm), imports),
})
row('WebAssembly compiled and started', `${compiled.module.toFixed(1)} ms`, 'at most 15 ms')
row(
  'WebAssembly',
  `${(wasm.length / 1e6).toFixed(2)} MB, ${(gzipSync(wasm, { level: 9 }).length / 1e3).toFixed(0)} kB gzipped`,
  'at most 1.6 MB, 450 kB',
)

const texts = { large: program(3000), small: SMALL, smallest: SMALLEST }
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
try {
  const nativeTimes = (/** @type {keyof typeof texts} */ which, /** @type {number} */ runs) => {
    const file = join(folder, `${which}.ts`)
    writeFileSync(file, texts[which])
    return () => native?.(file, runs) ?? NaN
  }
  const times = await inTurns(
    9,
    {
      large: () => each(texts.large, 3),
      largeNative: nativeTimes('large', 3),
      small: () => each(texts.small, 500),
      smallNative: nativeTimes('small', 500),
      smallest: () => each(texts.smallest, 500),
      smallestNative: nativeTimes('smallest', 500),
    },
    40,
  )
  const against = (/** @type {number} */ ours, /** @type {number} */ theirs) =>
    row('  against native', `${(ours / theirs).toFixed(2)} times`, 'at most 1.6 times')
  const speed = texts.large.length / 1e3 / times.large
  row(
    `${(texts.large.length / 1e6).toFixed(2)} MB, 30 spawns`,
    `${times.large.toFixed(0)} ms, ${speed.toFixed(1)} MB/s`,
    'at least 10 MB/s',
  )
  against(times.large, times.largeNative)
  row(`${SMALL.length} bytes, 1 spawn`, `${(times.small * 1000).toFixed(0)} µs`, 'under 30 µs')
  against(times.small, times.smallNative)
  row(`${SMALLEST.length} bytes, 1 spawn`, `${(times.smallest * 1000).toFixed(0)} µs`, 'under 30 µs')
  against(times.smallest, times.smallestNative)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

for (const { what, sizes } of [
  { what: 'size, n 2n 4n', sizes: [1000, 2000, 4000].map((functions) => program(functions)) },
  { what: 'spawns, n 2n 4n', sizes: [250, 500, 1000].map((functions) => program(functions, 1)) },
]) {
  const [one = '', two = '', four = ''] = sizes
  const times = await inTurns(9, { one: () => lift(one), two: () => lift(two), four: () => lift(four) })
  const grown = [times.two / times.one, times.four / times.one].map((ratio) => ratio.toFixed(2))
  row(`time as ${what}`, `1, ${grown.join(', ')}`, 'linear: 1, 2, 4')
}

/** Imports that do nothing, for starting the module by hand. @param {WebAssembly.Module} module */
function stubs(module) {
  /** @type {WebAssembly.Imports} */
  const imports = {}
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const group = (imports[from] ??= {})
    if (kind === 'function') group[name] = () => undefined
  }
  return imports
}
