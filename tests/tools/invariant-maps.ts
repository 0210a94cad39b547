/** What must hold for the source maps of an output. */

import type { SourceMap, TransformOutput, WorkerModule } from '@experimental-threads/compiler'
import { TraceMap, traceSegment } from '@jridgewell/trace-mapping'

import type { Parsed, Tree } from './syntax.ts'
import { namesIn } from './syntax.ts'

/** Text by line and column, from 0. */
class Lines {
  readonly #starts = [0]
  readonly text: string

  constructor(text: string) {
    this.text = text
    for (let at = 0; at < text.length; at++) if (text[at] === '\n') this.#starts.push(at + 1)
  }

  placeOf(offset: number): { line: number; column: number } {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#starts[middle]! <= offset) low = middle
      else high = middle
    }
    return { line: low, column: offset - this.#starts[low]! }
  }

  offsetOf(line: number, column: number): number {
    return (this.#starts[line] ?? Number.NaN) + column
  }
}

/**
 * Where the source of a place in the output is. A mapping stands for the text up to the next one, since text is only ever copied; null
 * where the text was made.
 */
function originOf(map: TraceMap, output: Lines, source: Lines, offset: number): number | null {
  const { line, column } = output.placeOf(offset)
  const segment = traceSegment(map, line, column)
  if (segment === null || segment.length === 1) return null
  const start = offset - (column - segment[0])
  if (!isCopy(output, start, source, segment, offset)) return null
  return source.offsetOf(segment[2], segment[3] + column - segment[0])
}

/** Whether all from the start of a mapping to a place is the text of the source. */
function isCopy(
  output: Lines,
  start: number,
  source: Lines,
  [, , line, column]: readonly [number, number, number, number, number?],
  offset: number,
): boolean {
  const origin = source.offsetOf(line, column)
  return output.text.slice(start, offset) === source.text.slice(origin, origin + offset - start)
}

/** Words of the transform's own that a map may take to whatever they replace. All others that it makes begin with `$`. */
const OWN_WORDS: readonly string[] = ['undefined', 'run']

/** A name in an output, and where it comes from; null where the text was made. */
interface MappedName {
  name: string
  origin: number | null
}

/** Follows each name of an output back, but for those in imports: their specifiers are written anew, and stand for the old ones together. */
export function mapping(text: Parsed, map: SourceMap, source: string): MappedName[] {
  const trace = new TraceMap({ ...map, names: [...map.names] })
  const [output, input] = [new Lines(text.code), new Lines(source)]
  const imports = text.nodes.filter(({ type }) => type === 'ImportDeclaration')
  const names = namesIn(text).filter(({ start }) => !imports.some((node) => start >= node.start && start < node.end))
  return names.map(({ start, end }) => ({
    name: text.code.slice(start, end),
    origin: originOf(trace, output, input, start),
  }))
}

/** Names that a map takes to something else. */
export function wronglyMapped(what: string, mapped: readonly MappedName[], source: string): string[] {
  const broken: string[] = []
  for (const { name, origin } of mapped) {
    if (origin === null || name.startsWith('$') || OWN_WORDS.includes(name)) continue
    const there = source.slice(origin, origin + name.length)
    // A name written with escapes is repeated without.
    if (there !== name && !there.startsWith('\\')) broken.push(`${what} maps \`${name}\` to \`${there}\` at ${origin}`)
  }
  return broken
}

/** Names of the source that must be found again in an output, and are not. Of `module`, or else of the spawning module. */
export function unmapped(
  what: string,
  mapped: readonly MappedName[],
  output: TransformOutput,
  original: Parsed,
  module: WorkerModule | undefined,
): string[] {
  if (module !== undefined && module.kind !== 'site') return []
  const found = new Set(mapped.map(({ origin }) => origin))
  const within = module ?? { start: 0, end: original.code.length }
  const moved = output.modules.filter(({ kind, id, start, end }) => {
    return kind === 'site' && id !== module?.id && start >= within.start && end <= within.end
  })
  const rewritten = rewrittenIn(original, moved)
  const stays = ({ start, end }: Tree): boolean =>
    start >= within.start && end <= within.end && !rewritten.some((range) => start >= range.start && end <= range.end)
  return namesIn(original)
    .filter((name) => !found.has(name.start) && stays(name))
    .map(({ start, end }) => `nothing in ${what} maps to \`${original.code.slice(start, end)}\` at ${start}`)
}

interface Range {
  start: number
  end: number
}

/**
 * What does not stay as it is: closures that moved away, what is called there, imports, types given to a call, an `eval` around a
 * call, and what each thread has of its own as a member of a namespace import.
 */
function rewrittenIn({ nodes }: Parsed, moved: readonly WorkerModule[]): Range[] {
  const ranges: Range[] = moved.map(({ start, end }) => ({ start, end }))
  for (const { type, start, end, callee, arguments: args, property } of nodes) {
    if (type === 'MemberExpression' && /^thread(?:Name|Signal)$/.test(property.name)) ranges.push(property as Range)
    if (type === 'CallExpression' && callee.name === 'eval' && args[0]?.type === 'CallExpression')
      ranges.push(callee as Range)
    if (type === 'ImportDeclaration' || type === 'TSTypeParameterInstantiation') ranges.push({ start, end })
    const takes = (closure: Range): boolean =>
      (args as Tree[]).some((argument) => closure.start >= argument.start && closure.end <= argument.end)
    if (type === 'CallExpression' && moved.some(takes)) ranges.push(callee as Range)
  }
  return ranges
}
