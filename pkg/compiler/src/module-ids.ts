/** The names under which bundlers know our modules, and the cheap tests that keep other files away from the compiler. */

import type { Lang, WorkerModule } from './index.ts'

/** The virtual module that tells the runtime where the bootstrap of a worker lives. */
export const BOOT_ID = 'virtual:experimental-threads/boot'

/** Appends the import of {@link BOOT_ID} to a transformed spawning module: one line at the end, so its map stays right. */
export function appendBoot(code: string): string {
  return `${code}\nimport ${JSON.stringify(BOOT_ID)}`
}

const LANGUAGES: Record<string, Lang> = {
  js: 'js',
  mjs: 'js',
  cjs: 'js',
  jsx: 'jsx',
  ts: 'ts',
  mts: 'ts',
  cts: 'ts',
  tsx: 'tsx',
}

/** The language of a path or module id, query left aside; undefined for what is no JavaScript or TypeScript. */
export function languageOf(path: string): Lang | undefined {
  const extension = /\.([a-z]+)$/i.exec(withoutQuery(path))?.[1]?.toLowerCase()
  return extension === undefined || !Object.hasOwn(LANGUAGES, extension) ? undefined : LANGUAGES[extension]
}

/** Whether a file can contain a spawn site at all: it names the runtime's specifier in quotes. */
export function mightSpawn(code: string, importSource: readonly string[]): boolean {
  return codeFilter(importSource).test(code)
}

/** The same test for hook filters, which some hosts evaluate without calling JavaScript. */
export function codeFilter(importSource: readonly string[]): RegExp {
  const names = importSource.map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
  return new RegExp(`["'\`](?:${names.join('|')})["'\`]`)
}

/** The query that makes a worker-side module of its parent's id: `a.ts?spawn=<id>&h=<hash>&lang.ts`. */
export function moduleQuery(module: Pick<WorkerModule, 'id' | 'hash' | 'lang'>): string {
  return `spawn=${module.id}&h=${module.hash}&lang.${module.lang}`
}

/**
 * The id of a worker-side module. Of a script it is the script's own with a query. A file in another language (`App.vue`) has a plugin that
 * takes every query of it for the file itself, and some plugins look for their extension anywhere in a name. So there the id is one of a
 * file beside it, `App~vue.spawn-<id>.js?h=<hash>`; what the parent's own query says (`App.vue?vue&type=script`) is kept in `of`.
 *
 * @param parent path or id of the parent
 * @param mark a first word of the query, for a module that exports this one again
 */
export function workerModuleId(
  parent: string,
  module: Pick<WorkerModule, 'id' | 'hash' | 'lang'>,
  mark?: string,
): string {
  const file = withoutQuery(parent)
  const first = mark === undefined ? '' : `${mark}&`
  if (languageOf(file) !== undefined) return `${file}?${first}${moduleQuery(module)}`
  const of = parent === file ? '' : `of=${encodeURIComponent(parent.slice(file.length + 1))}&`
  return `${file.replace(/\.(?=[^./\\]*$)/, '~')}.spawn-${module.id}.${module.lang}?${first}${of}h=${module.hash}`
}

/** Matches the ids of worker-side modules whose parent is in another language. */
export const BESIDE: RegExp = /~[^./\\~]*\.spawn-[0-9a-z]{16}\.[jt]sx?\?/

/** The parts of a worker-side module's id. */
export interface ModuleId {
  /** The parent: a script without any query, or the id of a module in another language */
  parent: string
  /** The module's id */
  spawn: string
  /** The content hash at the time the address was made; the newest text answers to an old one too */
  hash: string
}

/** Reads the id of a worker-side module; null for any other. Parameters that a host adds (`t=…`, `import`) are passed over. */
export function parseModuleId(id: string): ModuleId | null {
  const mark = id.indexOf('?')
  if (mark < 0) return null
  const query = new URLSearchParams(id.slice(mark + 1))
  const hash = query.get('h')
  if (hash === null) return null
  const beside = /^([^?]*)~([^./\\~]*)\.spawn-([0-9a-z]{16})\.[jt]sx?$/.exec(id.slice(0, mark))
  if (beside) {
    const [, path = '', extension = '', spawn = ''] = beside
    const of = query.get('of')
    return { parent: `${path}.${extension}${of === null ? '' : `?${of}`}`, spawn, hash }
  }
  const spawn = query.get('spawn')
  return spawn === null ? null : { parent: id.slice(0, mark), spawn, hash }
}

/** A path or module id without its query. */
export function withoutQuery(id: string): string {
  const mark = id.indexOf('?')
  return mark < 0 ? id : id.slice(0, mark)
}
