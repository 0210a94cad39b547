// @ts-check
// The stamp of pkg/compiler/wasm: from which sources and with which tools it was built.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OPTIMIZE } from './optimize.mjs'
import { ROOT } from './process.mjs'
import { COMPACT, SHARED, SILENT, STACK_BYTES } from './rustflags.mjs'

/** Where the built files are. */
export const WASM_DIR = join(ROOT, 'pkg', 'compiler', 'wasm')

/** The file that holds the code. */
export const WASM = 'compiler_bg.wasm'

/** The built files beside the stamp. */
export const OUTPUTS = ['compiler.js', 'compiler.d.ts', WASM]

/** The stamp's own file. */
export const STAMP = 'stamp.json'

/** The pages that the crate reads; those of run-time errors (R…) are not among them. */
const COMPILER_PAGE = /\/[EW]\d+\.md$/

/** What a person types to make the stamp fresh. */
export const REBUILD = 'npm run build:wasm'

/**
 * @typedef {object} Stamp
 * @property {string} source SHA-256 of all that the build reads
 * @property {Record<string, string>} outputs SHA-256 of each built file
 * @property {Record<string, string>} tools versions; for people, never compared
 */

/**
 * SHA-256 over the crate, both Cargo files at the root, the front matter of the error pages (the crate's build reads it, and
 * nothing else of them) and the flags. Line endings and the order of directory listings do not count.
 *
 * @returns {string} hexadecimal
 */
export function sourceHash() {
  const hash = createHash('sha256')
  hash.update(JSON.stringify({ OPTIMIZE, COMPACT, SHARED, SILENT, STACK_BYTES }))
  for (const path of sources()) {
    const text = readFileSync(join(ROOT, path), 'utf8').replaceAll('\r\n', '\n')
    const read = path.endsWith('.md') ? frontMatter(text) : text
    hash.update(`\0${path}\0${read.length}\0${read}`)
  }
  return hash.digest('hex')
}

/** Paths from the root, with `/`, sorted. The crate's integration tests are not part of what is built. */
function sources() {
  const found = ['Cargo.toml', 'Cargo.lock', ...filesBelow('crate', 'tests')]
  found.push(...filesBelow('pkg/compiler/errors').filter((path) => COMPILER_PAGE.test(path)))
  return found.sort((a, b) => (a < b ? -1 : 1))
}

/**
 * @param {string} folder from the root
 * @param {string} [without] a name that is left out at the first level
 * @returns {string[]}
 */
function filesBelow(folder, without) {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === without || entry.name.startsWith('.')) return []
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
}

/** @param {string} page */
function frontMatter(page) {
  return /^---\n.*?\n---\n/s.exec(page)?.[0] ?? page
}

/** @param {string} path @returns {string} hexadecimal */
function outputHash(path) {
  const bytes = readFileSync(path)
  const counted = path.endsWith('.wasm') ? bytes : bytes.toString('utf8').replaceAll('\r\n', '\n')
  return createHash('sha256').update(counted).digest('hex')
}

/**
 * The text of the stamp.
 *
 * @param {string} folder where the built files are
 * @param {string} source the hash taken when the build began
 * @param {Record<string, string>} tools
 */
export function formatStamp(folder, source, tools) {
  const outputs = Object.fromEntries(OUTPUTS.map((name) => [name, outputHash(join(folder, name))]))
  /** @type {Stamp} */
  const stamp = { source, outputs, tools }
  return `${JSON.stringify(stamp, null, 2)}\n`
}

/**
 * Why the built files may not be used, in one sentence that names the command to run; null when they are fresh.
 *
 * @returns {string | null}
 */
export function staleReason() {
  const path = join(WASM_DIR, STAMP)
  if (!existsSync(path)) return `pkg/compiler/wasm was never built: run \`${REBUILD}\``
  /** @type {Stamp} */
  const stamp = JSON.parse(readFileSync(path, 'utf8'))
  if (stamp.source !== sourceHash()) {
    return `pkg/compiler/wasm was not built from these sources of the crate: run \`${REBUILD}\` and commit the result`
  }
  const broken = OUTPUTS.filter((name) => {
    const file = join(WASM_DIR, name)
    return !existsSync(file) || stamp.outputs[name] !== outputHash(file)
  })
  if (broken.length === 0) return null
  return `pkg/compiler/wasm does not hold what was built (${broken.join(', ')}): run \`${REBUILD}\` and commit the result`
}
