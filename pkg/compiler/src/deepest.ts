/** Where a text nests most deeply, for a file that was too deep to be parsed: an estimate, since nothing could be parsed. */

/** What makes a parser go one level down without opening a bracket. */
const PREFIX_WORDS = /^(?:await|delete|do|else|extends|for|if|keyof|new|return|throw|typeof|void|while|yield)$/

const TOKEN =
  /\/\/[^\n\u2028\u2029]*|\/\*[^]*?\*\/|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|[\w$\u0080-\uffff]+|\n|=>|[^\s]/g

/**
 * The offset at which the most brackets are open, with the operators that lead down between them counted too.
 *
 * @param source any text
 * @returns an offset in `source`, in UTF-16 code units
 */
export function deepest(source: string): number {
  // How many operators stand before the place, for each bracket that is open there.
  const runs = [0]
  let depth = 0
  let most = -1
  let place = 0
  let before = ''
  let newline = false
  for (const { 0: token, index } of source.matchAll(TOKEN)) {
    if (token === '\n') {
      newline = true
      continue
    }
    if (token.startsWith('//') || token.startsWith('/*')) continue
    const run = runs.at(-1) ?? 0
    if (token === ',' || token === ';' || (newline && startsStatement(before, token))) {
      depth -= run
      runs[runs.length - 1] = 0
    }
    if ('([{'.includes(token)) {
      depth += 1
      runs.push(0)
    } else if (')]}'.includes(token)) {
      if (runs.length > 1) {
        depth -= 1 + (runs.pop() ?? 0)
      }
    } else if (PREFIX_WORDS.test(token) || /^[^\w\s$,;`"'\u0080-\uffff]/.test(token)) {
      depth += 1
      runs.push((runs.pop() ?? 0) + 1)
    }
    if (depth > most) {
      most = depth
      place = index
    }
    before = token
    newline = false
  }
  return place
}

/** Whether a statement ends between two tokens that stand on two lines, though no semicolon says so. */
function startsStatement(before: string, token: string): boolean {
  return /[\w$)\]}"'`\u0080-\uffff]$/.test(before) && /^[\w$\u0080-\uffff"'{]/.test(token)
}
