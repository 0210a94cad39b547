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

/** The parts of a worker-side module's id. */
export interface ModuleId {
  /** The parent, without any query */
  file: string
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
  const spawn = query.get('spawn')
  const hash = query.get('h')
  return spawn === null || hash === null ? null : { file: id.slice(0, mark), spawn, hash }
}

/** A path or module id without its query. */
export function withoutQuery(id: string): string {
  const mark = id.indexOf('?')
  return mark < 0 ? id : id.slice(0, mark)
}
