// @ts-check
// How many bytes of a program the runtime takes. `spawn` alone is what a page and its workers load before the first thread runs;
// parts that load when they are used are not in it. It is bundled twice, each side by itself, since esbuild puts what one side of a
// program loads later into a file that both sides load at once.

import { bundled, kilobytes } from './bundled.mjs'

const CLIENT = `export { $boot, $spawn } from 'experimental-threads/internal'`
const WORKER = `import 'experimental-threads/worker'`
const EVERYTHING = `export * from 'experimental-threads'; export * from 'experimental-threads/internal'; ${WORKER}`

/** How many modules are named: `npm run bench size` names the largest, `MOST=99 npm run bench size` all. */
const MOST = Number(process.env['MOST'] ?? 12)

/**
 * @param {string} what
 * @param {{ bytes: number, gzip: number }} size
 */
function print(what, { bytes, gzip }) {
  console.log(`${what.padEnd(24)}${kilobytes(gzip).padStart(8)} gzipped ${kilobytes(bytes).padStart(8)} minified`)
}

const client = await bundled(CLIENT, {})
const worker = await bundled(WORKER, {})
print('spawn alone, page', client)
print('spawn alone, worker', worker)
print('spawn alone, both', { bytes: client.bytes + worker.bytes, gzip: client.gzip + worker.gzip })
print('everything', await bundled(EVERYTHING, { later: true }))

for (const [side, { modules }] of Object.entries({ page: client, worker })) {
  console.log(`\n${side}, minified bytes of its ${modules.length} modules:`)
  for (const [name, bytes] of modules.slice(0, MOST)) console.log(`  ${String(bytes).padStart(6)}  ${name}`)
  const rest = modules.slice(MOST).reduce((sum, [, bytes]) => sum + bytes, 0)
  if (rest > 0) console.log(`  ${String(rest).padStart(6)}  the others`)
}
