// @ts-check
// The programs that the benchmarks of the compiler transform.

/**
 * Typed functions, some of which spawn.
 *
 * @param {number} functions
 * @param {number} every each so many-th has a spawn
 */
export function program(functions, every = 100) {
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
      index % every === 0
        ? `  return spawn(() => [...table.values()].flat().map((value) => value * weight * scale)).then((all) => all.length) as never`
        : `  return sum * scale + ${index}`,
      `}`,
      '',
    )
  }
  return parts.join('\n')
}

/** What fits in a few lines: one function, one spawn, two captures and an import. */
export const SMALL = program(1)

/** As little as a file with a spawn can be: its cost is what every such file pays. */
export const SMALLEST =
  "import { spawn } from 'experimental-threads'\nexport const run = (n: number) => spawn(() => n * 2)\n"

/**
 * The same closures for each transform, which differ in how a closure is marked.
 *
 * @param {{ head?: string, open?: string, close?: string, directive?: string }} mark
 * @param {number} functions
 */
export function closures({ head = '', open = '', close = '', directive = '' }, functions) {
  const parts = [head, "import { scale } from './settings.js'"]
  for (let index = 0; index < functions; index++) {
    parts.push(
      `export function weigh${index}(table, weight) {`,
      `  const rows = [...table.values()]`,
      `  const work = ${open}async (extra) => {`,
      ...(directive === '' ? [] : [`    '${directive}'`]),
      `    let sum = extra`,
      `    for (const row of rows) sum += row.reduce((total, value, at) => total + value * weight ** at, 0) * scale`,
      `    return sum`,
      `  }${close}`,
      `  return work`,
      `}`,
    )
  }
  return parts.join('\n')
}
