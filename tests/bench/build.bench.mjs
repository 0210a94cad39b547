// @ts-check
// What the plugin costs a build: Vite over 2,000 modules of which one spawns, with and without it, in turns. A build that spawns has a
// runtime and a worker to bundle, whoever finds the closure; so the plugin's own share is told against the same worker written by hand.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'vite'
import threads from 'vite-plugin-experimental-threads'

import { inTurns, load, row } from './measure.mjs'

const MODULES = 2000
// Below this folder, so that the packages are found.
const root = mkdtempSync(fileURLToPath(new URL('.', import.meta.url)) + 'generated-')

/** @param {number} index */
function text(index) {
  const inner = [2 * index + 1, 2 * index + 2].filter((other) => other < MODULES)
  return [
    ...inner.map((other) => `import { total${other} } from './m${other}.ts'`),
    `interface Row { name: string; values: number[] }`,
    `const rows: Row[] = [{ name: 'a', values: [${index}, 2, 3] }, { name: 'b', values: [4, 5, ${index}] }]`,
    `export function total${index}(weight: number): number {`,
    `  let sum = 0`,
    `  for (const row of rows) sum += row.values.reduce((all, value, at) => all + value * weight ** at, 0)`,
    `  return sum${inner.map((other) => ` + total${other}(weight)`).join('')}`,
    `}`,
  ].join('\n')
}

try {
  mkdirSync(join(root, 'src'))
  writeFileSync(join(root, 'package.json'), '{ "name": "generated", "version": "1.0.0", "type": "module" }')
  for (let index = 0; index < MODULES; index++) writeFileSync(join(root, 'src', `m${index}.ts`), text(index))
  const main = (/** @type {string} */ head, /** @type {string} */ call) =>
    `${head}import { total0 } from './m0.ts'\nconst weight = Date.now()\nconsole.log(total0(weight), ${call})\n`
  writeFileSync(join(root, 'src', 'plain.ts'), main('', '(() => weight * 2)()'))
  writeFileSync(
    join(root, 'src', 'spawns.ts'),
    main("import { spawn } from 'experimental-threads'\n", 'await spawn(() => weight * 2)'),
  )
  // What the plugin would have made of it: the runtime, its bootstrap, and the closure in a file of its own.
  writeFileSync(join(root, 'src', 'worker.ts'), "import 'experimental-threads/worker'\n")
  writeFileSync(join(root, 'src', 'closure.ts'), 'export const run = (weight: number) => () => weight * 2\n')
  writeFileSync(
    join(root, 'src', 'hand.ts'),
    [
      "import { $boot, $spawn } from 'experimental-threads/internal'",
      "const load = new URL('./closure.ts', import.meta.url).href",
      "new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })",
      main('', '$boot, $spawn, load'),
    ].join('\n'),
  )
  const run = (/** @type {string} */ entry, /** @type {import('vite').PluginOption[]} */ plugins) =>
    build({
      root,
      plugins,
      logLevel: 'error',
      configFile: false,
      worker: { format: 'es' },
      build: { write: false, target: 'esnext', rollupOptions: { input: join(root, 'src', entry) } },
    })
  const times = await inTurns(
    15,
    {
      without: () => run('plain.ts', []),
      asleep: () => run('plain.ts', [threads()]),
      byHand: () => run('hand.ts', []),
      spawns: () => run('spawns.ts', [threads()]),
    },
    150,
  )
  const more = (/** @type {number} */ time, /** @type {number} */ base) =>
    `${time.toFixed(0)} ms, ${((time / base - 1) * 100).toFixed(1)} % more`
  load()
  row(`${MODULES} modules, without the plugin`, `${times.without.toFixed(0)} ms`)
  row('  with it, nothing spawns', more(times.asleep, times.without), 'at most 1 % more')
  row('  a worker written by hand, without the plugin', more(times.byHand, times.without))
  row('  with the plugin, one spawn', more(times.spawns, times.without))
  row('    against the one by hand', more(times.spawns, times.byHand), 'at most 1 % more')
} finally {
  rmSync(root, { recursive: true, force: true })
}
