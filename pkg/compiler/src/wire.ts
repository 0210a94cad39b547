/**
 * How options and results cross into WebAssembly and back: one text and one list of numbers each way. The other half is
 * `crate/src/wire.rs`, and both say the same things in the same order. The text is all strings, one behind the other; among the
 * numbers stands the length of each, in UTF-16 code units.
 */

import type { ExplainOptions } from './explanation.ts'
import type {
  Capture,
  Diagnostic,
  ImportedName,
  ModuleRef,
  SharedSite,
  SourceMap,
  TransformOptions,
  TransformOutput,
  WorkerModule,
} from './index.ts'

const LANGUAGES: readonly unknown[] = [undefined, 'js', 'jsx', 'ts', 'tsx']
const RUNTIMES: readonly unknown[] = ['automatic', 'classic', 'preserve']
const DEFAULT_SOURCES: readonly string[] = ['experimental-threads']

/** The options of `transform` without its callbacks; those of `explain` are fewer. */
export type PlainOptions = ExplainOptions & Pick<TransformOptions, 'sourceMap' | 'dev' | 'origins'>

/** A text and numbers on their way to Rust. */
export interface Message {
  text: string
  numbers: Uint32Array
}

/**
 * Writes options.
 *
 * @param where names the call in errors, for example `transform()`
 * @throws TypeError for a value of the wrong type
 */
export function writeOptions(options: PlainOptions, where: string): Message {
  let text = ''
  const numbers: number[] = []
  const wrong = (name: string, wanted: string): never => {
    throw new TypeError(`${where}: the option "${name}" must be ${wanted}`)
  }
  const string = (name: string, value: unknown): void => {
    if (typeof value !== 'string') return wrong(name, 'a string')
    text += value
    numbers.push(value.length)
  }
  const maybe = (name: string, value: unknown): void => {
    numbers.push(value === undefined ? 0 : 1)
    if (value !== undefined) string(name, value)
  }
  const flag = (name: string, value: unknown): void => {
    if (typeof value !== 'boolean') return wrong(name, 'true or false')
    numbers.push(value ? 1 : 0)
  }
  const choice = (name: string, value: unknown, known: readonly unknown[]): void => {
    const index = known.indexOf(value)
    if (index === -1) return wrong(name, `one of ${known.filter((each) => each !== undefined).join(', ')}`)
    numbers.push(index)
  }
  const { jsx = {}, importSource = DEFAULT_SOURCES, origins = [] } = options
  string('filename', options.filename)
  choice('lang', options.lang, LANGUAGES)
  flag('sourceMap', options.sourceMap ?? true)
  flag('dev', options.dev ?? false)
  flag('using', options.using ?? true)
  choice('jsx.runtime', jsx.runtime ?? 'automatic', RUNTIMES)
  maybe('jsx.factory', jsx.factory)
  maybe('jsx.fragment', jsx.fragment)
  if (!Array.isArray(importSource)) wrong('importSource', 'a list of strings')
  numbers.push(importSource.length)
  for (const source of importSource) string('importSource', source)
  if (!Array.isArray(origins)) wrong('origins', 'a list')
  for (const origin of origins) {
    if (origin.length !== 4 || !origin.every(Number.isSafeInteger)) wrong('origins', 'a list of four numbers each')
    numbers.push(...origin)
  }
  return { text, numbers: new Uint32Array(numbers) }
}

/** Reads what a callback is told: `question` in `wire.rs`. */
export function readQuestion(question: string): ModuleRef {
  const [kind, id, name, hash, lang, own] = question.split('\n')
  return { kind, id, name, hash, lang, self: own === 'self' } as ModuleRef
}

/** Reads the result of `transform`; that of an unchanged file has no text. */
export function readOutput(text: string, numbers: Uint32Array, source: string): TransformOutput {
  const from = new Reader(text, numbers)
  const diagnostics = from.list(diagnostic)
  if (!from.flag()) return { code: source, map: null, changed: false, modules: [], shared: [], diagnostics }
  return {
    code: from.string(),
    map: from.maybe(map) ?? null,
    changed: true,
    modules: from.list(workerModule),
    shared: from.list(sharedSite),
    diagnostics,
  }
}

class Reader {
  #text: string
  #numbers: Uint32Array
  #behind = 0
  #next = 0

  constructor(text: string, numbers: Uint32Array) {
    this.#text = text
    this.#numbers = numbers
  }

  number(): number {
    return this.#numbers[this.#next++] ?? 0
  }

  flag(): boolean {
    return this.number() === 1
  }

  string(): string {
    const start = this.#behind
    this.#behind += this.number()
    return this.#text.slice(start, this.#behind)
  }

  /** A string of which both sides know what it can be. */
  word<Word extends string>(): Word {
    return this.string() as Word
  }

  list<Item>(read: (from: Reader) => Item): Item[] {
    const items: Item[] = []
    for (let left = this.number(); left > 0; left--) items.push(read(this))
    return items
  }

  maybe<Item>(read: (from: Reader) => Item): Item | undefined {
    return this.flag() ? read(this) : undefined
  }
}

const string = (from: Reader): string => from.string()

function range(from: Reader): { start: number; end: number } {
  return { start: from.number(), end: from.number() }
}

function map(from: Reader): SourceMap {
  // The loader puts the source in.
  return { version: 3, sources: from.list(string), sourcesContent: [], names: [], mappings: from.string() }
}

function workerModule(from: Reader): WorkerModule {
  const module: WorkerModule = {
    kind: from.word<WorkerModule['kind']>(),
    id: from.string(),
    name: from.string(),
    hash: from.string(),
    lang: from.word<WorkerModule['lang']>(),
    code: from.string(),
    map: from.maybe(map) ?? null,
    blocks: from.flag(),
    captures: from.list(capture),
    imports: from.list(importedName),
    needs: from.list(string),
    start: from.number(),
    end: from.number(),
  }
  const parent = from.maybe(string)
  if (parent !== undefined) module.parent = parent
  return module
}

function capture(from: Reader): Capture {
  return { name: from.string(), kind: from.word<Capture['kind']>(), start: from.number(), end: from.number() }
}

function importedName(from: Reader): ImportedName {
  return { source: from.string(), imported: from.string(), local: from.string() }
}

function sharedSite(from: Reader): SharedSite {
  return { id: from.string(), type: from.string(), name: from.string(), start: from.number(), end: from.number() }
}

function diagnostic(from: Reader): Diagnostic {
  const told: Diagnostic = {
    code: from.string(),
    severity: from.flag() ? 'error' : 'warning',
    message: from.string(),
    ...range(from),
    labels: from.list(() => ({ ...range(from), text: from.string() })),
    notes: from.list(string),
  }
  const help = from.maybe(string)
  return help === undefined ? told : { ...told, help }
}
