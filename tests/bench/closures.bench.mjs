// @ts-check
// The same closures through this transform and five others that lift closures, and through TypeScript's parser, which is the
// least that lifting at run time would cost. In turns in one run; one file of many closures, in JavaScript, since not all of
// them read types. Each makes its source map where it can.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { transform } from '@experimental-threads/compiler'

import { inTurns, load as showLoad, row } from './measure.mjs'
import { buildNative } from './native.mjs'
import { closures } from './programs.mjs'

const require = createRequire(new URL('./closures/package.json', import.meta.url))
const load = async (/** @type {string} */ name) => await import(pathToFileURL(require.resolve(name)).href)
const FUNCTIONS = 60

const ours = closures({ head: "import { task } from 'experimental-threads'", open: 'task(', close: ')' }, FUNCTIONS)
const options = {
  filename: 'bench@1.0.0/src/a.js',
  reference: (/** @type {{ name: string }} */ { name }) => `new URL('./${name}.js', import.meta.url).href`,
  specifier: (/** @type {{ name: string }} */ { name }) => `./${name}.js`,
}
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const native = buildNative()

/** Refuses to compare with a transform that did not do the work. @param {string} who @param {boolean} done */
function must(who, done) {
  if (!done) throw new Error(`${who} did not lift ${FUNCTIONS} closures`)
}

/** @type {Record<string, { work: () => unknown, done: (result: any) => boolean }>} */
const all = {
  'experimental-threads': { work: () => transform(ours, options), done: ({ modules }) => modules.length >= FUNCTIONS },
}
{
  const { createOptimizer } = require('@builder.io/qwik/optimizer')
  const optimizer = await createOptimizer()
  const code = closures({ head: "import { $ } from '@builder.io/qwik'", open: '$(', close: ')' }, FUNCTIONS)
  const input = [{ code, path: 'a.js' }]
  const how = { srcDir: '/src', sourceMaps: true, entryStrategy: { type: 'segment' }, minify: 'none', mode: 'prod' }
  all['qwik'] = {
    work: () => optimizer.transformModules({ input, ...how }),
    done: ({ modules }) => modules.length > FUNCTIONS,
  }
}
{
  const { transformHoistInlineDirective } = await load('@vitejs/plugin-rsc/transforms')
  const { parseAst } = await load('rollup/parseAst')
  const code = closures({ directive: 'use server' }, FUNCTIONS)
  const runtime = (/** @type {string} */ value, /** @type {string} */ name) => `$$register(${value}, 'a', '${name}')`
  all['plugin-rsc'] = {
    work: () => {
      const result = transformHoistInlineDirective(code, parseAst(code), { runtime, directive: 'use server' })
      return { ...result, map: result.output.generateMap({ hires: 'boundary' }), code: result.output.toString() }
    },
    done: ({ names }) => names.length === FUNCTIONS,
  }
}
{
  const { loadBindings, transformSync } = require('next/dist/build/swc')
  await loadBindings()
  const code = closures({ directive: 'use server' }, FUNCTIONS)
  const serverActions = {
    isReactServerLayer: true,
    useCacheEnabled: true,
    hashSalt: '',
    cacheKinds: [],
    isDevelopment: false,
  }
  const jsc = { parser: { syntax: 'ecmascript' }, target: 'es2022', transform: {} }
  const how = {
    filename: '/src/a.js',
    swcrc: false,
    configFile: false,
    sourceMaps: true,
    jsc,
    serverActions,
    isServerCompiler: true,
  }
  all['next'] = {
    work: () => transformSync(code, how),
    done: (result) => result.code.includes(`$$RSC_SERVER_ACTION_${FUNCTIONS - 1}`),
  }
}
{
  const { transformSync } = require('@babel/core')
  const code = closures({ directive: 'worklet' }, FUNCTIONS)
  const filename = join(folder, 'a.js')
  // It reads the file once more for the map of each closure, and runs Babel anew for each, with its plugins: that is its time,
  // about a hundred times what Babel alone takes for the file.
  writeFileSync(filename, code)
  const plugins = [require.resolve('react-native-worklets/plugin')]
  all['worklets'] = {
    work: () =>
      transformSync(code, { filename, configFile: false, babelrc: false, sourceMaps: true, compact: false, plugins }),
    done: (result) => result.code.split('__workletHash').length > FUNCTIONS,
  }
}
{
  const { transformSync } = require('@swc/core')
  const code = closures({ directive: 'use step' }, FUNCTIONS)
  const plugins = [[require.resolve('@workflow/swc-plugin'), { mode: 'step' }]]
  const jsc = { parser: { syntax: 'ecmascript' }, target: 'es2022', experimental: { plugins, cacheRoot: folder } }
  all['workflow'] = {
    work: () => transformSync(code, { filename: 'a.js', swcrc: false, sourceMaps: true, jsc }),
    done: (result) => result.code.includes(`weigh${FUNCTIONS - 1}$work`),
  }
}
{
  const typescript = require('typescript')
  all['TypeScript, parsing alone'] = {
    work: () => typescript.createSourceFile('a.ts', ours, typescript.ScriptTarget.Latest, true),
    done: ({ statements }) => statements.length > FUNCTIONS,
  }
}

try {
  for (const [name, { work, done }] of Object.entries(all)) must(name, done(await work()))
  /** @type {Record<string, () => Promise<unknown>>} */
  const works = Object.fromEntries(
    Object.entries(all).map(([name, { work }]) => [name, async () => void (await work())]),
  )
  if (native !== null) {
    const file = join(folder, 'ours.js')
    writeFileSync(file, ours)
    works['experimental-threads, natively'] = async () => native(file, 20)
  }
  const times = await inTurns(30, works, 90)
  const own = times['experimental-threads'] ?? NaN
  showLoad()
  console.log(`${FUNCTIONS} closures, ${(ours.length / 1e3).toFixed(0)} kB, each with its map`)
  for (const [name, time] of Object.entries(times))
    row(name, `${time.toFixed(1)} ms`, `${(time / own).toFixed(2)} times ours`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
