/**
 * Positions for hosts that read no source map of what a plugin gives them, which is Bun: empty lines put each line of a made text where its first
 * word stood in the original, so that stacks name lines of the file as it was written.
 */

import type { SourceMap } from './index.ts'

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The text with empty lines in it. What was moved up, or comes behind a template string, stays where it is. */
export function atTheirLines(code: string, map: SourceMap): string {
  const lines = code.split('\n')
  const originals = originalLines(map.mappings)
  const placed: string[] = []
  for (const [index, line] of lines.entries()) {
    const original = originals[index]
    if (original !== undefined) while (placed.length < original) placed.push('')
    placed.push(line)
    // An empty line in a template string would be one of its text.
    if (line.includes('`')) return [...placed, ...lines.slice(index + 1)].join('\n')
  }
  return placed.join('\n')
}

/** For each line of the made text the line of the original that its first mapping leads to, from 0. */
function originalLines(mappings: string): (number | undefined)[] {
  let original = 0
  return mappings.split(';').map((line) => {
    let first: number | undefined
    for (const segment of line.split(',')) {
      const fields = decode(segment)
      if (fields.length < 4) continue
      original += fields[2]!
      first ??= original
    }
    return first
  })
}

/** The numbers of a segment: base 64, five bits a digit, the sign in the lowest one. */
function decode(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit)
    value += (bits & 31) << shift
    shift += 5
    if (bits & 32) continue
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1)
    value = 0
    shift = 0
  }
  return numbers
}
