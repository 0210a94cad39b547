// Where the text of a compiled file came from: the text that the user wrote, and the way back to it.

import { readFileSync } from 'node:fs'
import { basename, resolve, dirname } from 'node:path'

import type { Diagnostic, SourceMap, TransformOptions } from '@experimental-threads/compiler'
import { locate } from '@experimental-threads/compiler/plugin-core'
import remapping from '@jridgewell/remapping'
import type { SourceMapInput } from '@jridgewell/remapping'
import { TraceMap, decodedMap, decodedMappings, originalPositionFor } from '@jridgewell/trace-mapping'
import type { SourceMapSegment } from '@jridgewell/trace-mapping'

/** What the compiler of another language made of a file, traced back. */
export class Origin {
  /** The text that the user wrote */
  readonly source: string
  readonly #file: string
  readonly #compiled: string
  readonly #map: SourceMapInput
  readonly #trace: TraceMap
  /** The number of the file among the sources of the map */
  readonly #index: number

  /**
   * @param file the file on disk
   * @param compiled the text that the map leads back from
   */
  constructor(file: string, compiled: string, map: SourceMapInput) {
    this.#file = file
    this.#compiled = compiled
    this.#trace = traceOf(file, compiled, map)
    this.#map = decodedMap(this.#trace) as SourceMapInput
    this.#index = this.#trace.sources.findIndex((source) => isFile(source, file))
    this.source = this.#trace.sourcesContent?.[this.#index] ?? textOf(file)
  }

  /** The known places, for the compiler. */
  places(): NonNullable<TransformOptions['origins']> {
    return decodedMappings(this.#trace).flatMap((segments, line) =>
      segments.flatMap((segment) =>
        segment.length > 1 && segment[1] === this.#index ? [[line, segment[0], segment[2]!, segment[3]!] as const] : [],
      ),
    )
  }

  /** A map of text that was made from the compiled text, leading to what the user wrote. */
  compose(map: SourceMap): SourceMap {
    const [name] = map.sources
    const composed = remapping(map as SourceMapInput, (source, { depth }) =>
      depth === 1 && source === name ? this.#map : null,
    )
    return {
      version: 3,
      names: composed.names,
      mappings: composed.mappings as string,
      sources: composed.sources.map((source) => (isFile(source, this.#file) ? basename(this.#file) : (source ?? ''))),
      sourcesContent: composed.sources.map((source, index) =>
        isFile(source, this.#file) ? this.source : (composed.sourcesContent?.[index] ?? ''),
      ),
    }
  }

  /** A diagnostic of the compiled text as one of what the user wrote; null where the compiler of the language wrote the text itself. */
  trace(diagnostic: Diagnostic): Diagnostic | null {
    const main = this.#span(diagnostic)
    if (main === null) return null
    const labels = diagnostic.labels.flatMap((label) => {
      const span = this.#span(label)
      return span === null ? [] : [{ ...label, ...span }]
    })
    return { ...diagnostic, ...main, labels }
  }

  #span({ start, end }: { start: number; end: number }): { start: number; end: number } | null {
    const from = this.#offset(start)
    if (from === null) return null
    const text = this.#compiled.slice(start, end)
    if (this.source.startsWith(text, from)) return { start: from, end: from + text.length }
    const to = this.#offset(end)
    return { start: from, end: to === null || to < from ? from : to }
  }

  #offset(offset: number): number | null {
    const { line, column } = locate(this.#compiled, offset)
    const found = originalPositionFor(this.#trace, { line, column })
    if (found.source === null || !isFile(found.source, this.#file)) return null
    const lines = this.source.split('\n')
    return lines.slice(0, found.line - 1).reduce((sum, text) => sum + text.length + 1, found.column)
  }
}

function traceOf(file: string, compiled: string, map: SourceMapInput): TraceMap {
  const trace = new TraceMap(map as ConstructorParameters<typeof TraceMap>[0])
  const mappings = decodedMappings(trace)
  const isLed = mappings.some((segments) => segments.length > 0)
  if (isLed && trace.sources.some((source) => isFile(source, file))) return withLineStarts(trace)
  // In a build without source maps, compilers give none. What they have not changed is still found by its text.
  const part = trace.sources.findIndex((source) => source !== null && isFile(source.replace(/\?.*$/s, ''), file))
  const text = isLed && part >= 0 ? (trace.sourcesContent?.[part] ?? compiled) : compiled
  const written = textOf(file)
  const lines = matchLines(text, written)
  const steps = text === compiled ? text.split('\n').map((_, line) => [[0, 0, line, 0]]) : mappings
  const matched = steps.map((segments, line) =>
    segments.flatMap((segment): SourceMapSegment[] => {
      const found = lines.get(segment[2] ?? line)
      return found === undefined ? [] : [[segment[0]!, 0, found.line, Math.max(0, (segment[3] ?? 0) + found.shift)]]
    }),
  )
  return withLineStarts(
    new TraceMap({ version: 3, names: [], sources: [file], sourcesContent: [written], mappings: matched }),
  )
}

/** For each line of `made` that stands once in it and once in `written`: its line there, and how many columns further right it stands. */
function matchLines(made: string, written: string): Map<number, { line: number; shift: number }> {
  const places = onlyLines(written)
  const found = new Map<number, { line: number; shift: number }>()
  for (const [text, { line, indent }] of onlyLines(made)) {
    const place = places.get(text)
    if (place !== undefined) found.set(line, { line: place.line, shift: place.indent - indent })
  }
  return found
}

function onlyLines(text: string): Map<string, { line: number; indent: number }> {
  const all = new Map<string, { line: number; indent: number } | null>()
  for (const [line, whole] of text.split('\n').entries()) {
    const trimmed = whole.trim()
    all.set(trimmed, all.has(trimmed) ? null : { line, indent: whole.length - whole.trimStart().length })
  }
  return new Map([...all].filter((entry): entry is [string, { line: number; indent: number }] => entry[1] !== null))
}

/** Some compilers map names only. What stands before the first one is from the same line. */
function withLineStarts(trace: TraceMap): TraceMap {
  const mappings = decodedMappings(trace).map((segments): SourceMapSegment[] => {
    const [first] = segments
    if (first === undefined || first.length === 1 || first[0] === 0) return [...segments]
    const [column, source, line, from] = first
    return [[0, source, line, Math.max(0, from - column)], ...segments]
  })
  return new TraceMap({ ...decodedMap(trace), mappings } as ConstructorParameters<typeof TraceMap>[0])
}

// Tools name the source by its path, by its base name or relative to the folder of the file.
function isFile(source: string | null, file: string): boolean {
  if (source === null) return false
  const path = source.replace(/^file:\/\//, '')
  return path === file || resolve(dirname(file), path) === file || path === basename(file)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
