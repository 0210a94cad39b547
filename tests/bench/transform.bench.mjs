// @ts-check
// How fast the transform is, through WebAssembly, with source maps: megabytes a second on large files, microseconds on a
// small one, and how large the WebAssembly is. Medians of repeated runs in this process.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

import { transform } from '@experimental-threads/compiler'

const options = {
  filename: 'bench@1.0.0/src/a.ts',
  reference: (/** @type {{ name: string }} */ { name }) =>
    `new URL(${JSON.stringify(`./${name}.js`)}, import.meta.url).href`,
  specifier: (/** @type {{ name: string }} */ { name }) => `./${name}.js`,
}

/** @param {number} functions how many, every hundredth with a spawn */
function program(functions) {
  const parts = ["import { spawn } from 'experimental-threads'", "import { scale, offset } from './settings.ts'", '']
  for (let index = 0; index < functions; index++) {
    parts.push(
      `/** Sums the weighted entries of a table. */`,
      `export function weigh${index}(table: Map<string, number[]>, weight: number): number {`,
      `  let sum = offset`,
      `  for (const [name, row] of table) {`,
      `    if (name.startsWith('_')) continue`,
      `    sum += row.reduce((total, value, at) => total + value * weight ** at, 0) / (row.length || 1)`,
      `  }`,
      index % 100 === 0
        ? `  return spawn(() => [...table.values()].flat().map((value) => value * weight * scale)).then((all) => all.length) as never`
        : `  return sum * scale + ${index}`,
      `}`,
      '',
    )
  }
  return parts.join('\n')
}

/**
 * @param {number} times
 * @param {() => void} work
 */
function median(times, work) {
  const taken = []
  for (let turn = 0; turn < times; turn++) {
    const start = performance.now()
    work()
    taken.push(performance.now() - start)
  }
  return taken.sort((a, b) => a - b)[times >> 1] ?? NaN
}

const small = program(1)
const started = performance.now()
transform(small, options)
const first = performance.now() - started
console.log(`first call, loading included: ${first.toFixed(1)} ms`)
console.log(
  `small file (${small.length} bytes, 1 spawn): ${(median(2000, () => transform(small, options)) * 1000).toFixed(0)} µs`,
)
for (const functions of [300, 3000]) {
  const text = program(functions)
  const seconds = median(7, () => transform(text, options)) / 1000
  const megabytes = text.length / 1e6
  console.log(
    `${megabytes.toFixed(2)} MB, ${functions / 100} spawns: ${(seconds * 1000).toFixed(0)} ms, ${(megabytes / seconds).toFixed(1)} MB/s`,
  )
}
const wasm = readFileSync(new URL('../../pkg/compiler/wasm/compiler_bg.wasm', import.meta.url))
console.log(
  `WebAssembly: ${(wasm.length / 1024).toFixed(0)} KiB, ${(gzipSync(wasm).length / 1024).toFixed(0)} KiB gzipped`,
)
