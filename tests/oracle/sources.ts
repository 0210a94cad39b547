/** The files that are compared: what popular packages ship, as they ship it. */

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Lang } from '@experimental-threads/compiler'

const ROOT = fileURLToPath(new URL('node_modules', import.meta.url))

/** Package → the folder or file of it that holds ES modules. */
const PLACES: Record<string, string> = {
  '@noble/hashes': 'src',
  acorn: 'dist/acorn.mjs',
  'chroma-js': 'src',
  'd3-array': 'dist/d3-array.mjs',
  'd3-force': 'dist/d3-force.mjs',
  'd3-geo': 'dist/d3-geo.mjs',
  'd3-hierarchy': 'dist/d3-hierarchy.mjs',
  'd3-shape': 'dist/d3-shape.mjs',
  'decimal.js': 'decimal.mjs',
  'fuse.js': 'dist/fuse.mjs',
  immer: 'src',
  'lodash-es': '.',
  luxon: 'src',
  marked: 'lib/marked.esm.js',
  nanoid: '.',
  preact: '.',
  ramda: 'es',
  rxjs: 'src',
  three: 'src',
  uuid: 'dist',
  yaml: 'browser/dist',
  zod: 'src',
}

/** Bundles for script tags, CommonJS, tests and declarations are not what a bundler takes into a program. */
const LEFT_OUT =
  /(?:^|\/)(?:node_modules|tests?|__tests__|benchmarks?|bin|umd|cjs)\/|\.d\.[cm]?ts$|\.(?:min|umd|cjs|global)\.|\.cjs$|\.test\./

export interface SourceFile {
  package: string
  /** From the folder of the package, with `/` */
  path: string
  lang: Lang
  text: string
}

/** The packages, sorted. */
export const packages: readonly string[] = Object.keys(PLACES)

/** Every file of a package that is compared, sorted by path. */
export function filesOf(name: string): SourceFile[] {
  const root = join(ROOT, name)
  const place = PLACES[name] ?? '.'
  const paths = /\.[mc]?[jt]s$/.test(place) && place !== '.' ? [place] : below(root, place)
  return paths
    .map((path) => ({ package: name, path, lang: languageOf(path), text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => /^\s*(?:import|export)\b|\bexport\s*[{*]/m.test(text))
}

function below(root: string, place: string): string[] {
  const found = readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
  return found
    .map((path) => (place === '.' ? path : `${place}/${path}`).replaceAll('\\', '/'))
    .filter((path) => /\.[mc]?[jt]sx?$/.test(path) && !LEFT_OUT.test(path))
    .sort()
}

function languageOf(path: string): Lang {
  return /\.[mc]?ts$/.test(path) ? 'ts' : path.endsWith('x') ? 'tsx' : 'js'
}
