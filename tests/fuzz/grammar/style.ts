/** How a program is laid out. It must make no difference. */

import type { Random } from '../random.ts'

export interface Style {
  /** What stands between lines. */
  lineEnd: '\n' | '\r\n' | '\u2028' | ' '
  semicolons: boolean
  /** Text before some lines, and none. */
  comments: readonly string[]
}

export function anyStyle(random: Random): Style {
  const lineEnd = random.weighted([
    [12, '\n'],
    [1, '\r\n'],
    [1, '\u2028'],
    [2, ' '],
  ] as const)
  const blocks = ['/* a */ ', '/* spawn(() => a) */', '\t', '/** é日😀 */', '']
  const lines = ['// it’s `a`', '// })']
  const comments = random.chance(0.8)
    ? ['']
    : lineEnd === '\n'
      ? [...blocks, ...lines.map((text) => `${text}\n`)]
      : blocks
  return { lineEnd, comments, semicolons: random.chance(0.85) || lineEnd === ' ' }
}

/** Lays out a text that has one statement on each line. */
export function laidOut(text: string, { lineEnd, semicolons, comments }: Style): string {
  // Without one, a line that begins with a bracket would go on with the line before.
  const ended = semicolons ? text : text.replaceAll(/;\n(?=[A-Za-z}])/g, '\n')
  return ended
    .split('\n')
    .map((line, index) => `${comments[index % comments.length]!}${line}`)
    .join(lineEnd)
}
