// @ts-check
// How fast the transform is, with source maps, through WebAssembly and natively, how its time grows, and how large the
// WebAssembly is. What is compared was measured in turns in one run: ratios are to be believed, times are not.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { transform } from '@experimental-threads/compiler'

import { inTurns, row } from './measure.mjs'
import { program, SMALL } from './programs.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const options = {
  filename: 'bench@1.0.0/src/a.ts',
  reference: (/** @type {{ name: string }} */ { name }) =>
    `new URL(${JSON.stringify(`./${name}.js`)}, import.meta.url).href`,
  specifier: (/** @type {{ name: string }} */ { name }) => `./${name}.js`,
}
const lift = (/** @type {string} */ source) => transform(source, options)

/** Milliseconds for one of many transforms in a row. @param {string} source @param {number} times */
function each(source, times) {
  const start = performance.now()
  for (let time = 0; time < times; time++) lift(source)
  return (performance.now() - start) / times
}

/** The example that times the crate without WebAssembly; null where there is no Rust. */
function buildNative() {
  const target = join(ROOT, 'target', 'bench')
  const args = ['build', '--release', '--locked', '--quiet', '--example', 'time', '--target-dir', target]
  // As the WebAssembly, but for the linker's pass over everything, which would take minutes.
  const settings = ['--config', 'profile.release.lto="thin"', '--config', 'profile.release.codegen-units=16']
  const built = spawnSync('cargo', [...args, ...settings], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  return built.status === 0 ? join(target, 'release', 'examples', 'time') : null
}

const ready = await inTurns(7, {
  first: () =>
    Number(execFileSync(process.execPath, [join(ROOT, 'tests', 'bench', 'ready.mjs')], { encoding: 'utf8' })),
})
row('first transform, loading included', `${ready.first.toFixed(1)} ms`)

const wasm = readFileSync(join(ROOT, 'pkg', 'compiler', 'wasm', 'compiler_bg.wasm'))
const imports = stubs(new WebAssembly.Module(wasm))
const compiled = await inTurns(7, {
  module: () => new WebAssembly.Instance(new WebAssembly.Module(wasm), imports),
})
row('WebAssembly compiled and started', `${compiled.module.toFixed(1)} ms`, 'at most 15 ms')
row(
  'WebAssembly',
  `${(wasm.length / 1e6).toFixed(2)} MB, ${(gzipSync(wasm, { level: 9 }).length / 1e3).toFixed(0)} kB gzipped`,
  'at most 1.6 MB, 450 kB',
)

const large = program(3000)
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const native = buildNative()
try {
  const files = { small: join(folder, 'small.ts'), large: join(folder, 'large.ts') }
  writeFileSync(files.small, SMALL)
  writeFileSync(files.large, large)
  const outside = (/** @type {string} */ file, /** @type {number} */ times) =>
    native === null ? NaN : Number(execFileSync(native, [file, String(times)], { encoding: 'utf8' })) / 1e6
  const times = await inTurns(5, {
    large: () => each(large, 3),
    largeNative: () => outside(files.large, 3),
    small: () => each(SMALL, 1000),
    smallNative: () => outside(files.small, 1000),
  })
  const speed = large.length / 1e3 / times.large
  row(
    `${(large.length / 1e6).toFixed(2)} MB, 30 spawns`,
    `${times.large.toFixed(0)} ms, ${speed.toFixed(1)} MB/s`,
    'at least 10 MB/s',
  )
  row('  against native', `${(times.large / times.largeNative).toFixed(2)} times`, 'at most 1.6 times')
  row(`${SMALL.length} bytes, 1 spawn`, `${(times.small * 1000).toFixed(0)} µs`, 'under 30 µs')
  row('  against native', `${(times.small / times.smallNative).toFixed(2)} times`, 'at most 1.6 times')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

for (const { what, texts } of [
  { what: 'size, n 2n 4n', texts: [1000, 2000, 4000].map((functions) => program(functions)) },
  { what: 'spawns, n 2n 4n', texts: [250, 500, 1000].map((functions) => program(functions, 1)) },
]) {
  const [one = '', two = '', four = ''] = texts
  const times = await inTurns(5, { one: () => lift(one), two: () => lift(two), four: () => lift(four) })
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
