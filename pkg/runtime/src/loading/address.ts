// From the address of a site to the URL that a worker loads.

import { toUrl } from '#host'

import { addressUnreadable } from '../errors.ts'
import type { Address } from '../protocol.ts'

const known = new WeakMap<object, string>()

/** Absolute URL of an address. `base` is what relative strings are relative to. Throws R509. */
export function resolveAddress(address: Address, base: string, at: string): string {
  if (typeof address === 'string') return toUrl(address, base)
  const cached = known.get(address)
  if (cached !== undefined) return cached
  const text = Function.prototype.toString.call(address[0])
  const literal = importedLiteral(text)
  if (literal === null || !/^(?:\.{0,2}\/|[a-z][a-z\d+.-]*:)/i.test(literal)) throw addressUnreadable(text, at)
  const url = toUrl(literal, address[1])
  known.set(address, url)
  return url
}

const SPACE = String.raw`(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*\n)*`
const LITERAL = String.raw`"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|` + '`(?:[^`\\\\$]|\\\\[^]|\\$(?!\\{))*`'
// What follows the literal must end the argument: `import("./a" + x)` has no address that could be read.
const IMPORT = new RegExp(`(?<![\\w$.])import${SPACE}\\(${SPACE}(${LITERAL})${SPACE}[,)]`)

/** The string in the first `import("…")` of a function's text. Read, never evaluated. */
function importedLiteral(text: string): string | null {
  const match = IMPORT.exec(text)?.[1]
  return match === undefined ? null : unescape(match.slice(1, -1))
}

const NAMED: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\n': '',
}

function unescape(text: string): string {
  // Those of bundlers have nothing to undo, and the first thread waits for it.
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2})|([^]))/gi,
    (_, braced?: string, four?: string, two?: string, one?: string) => {
      const hex = braced ?? four ?? two
      return hex !== undefined
        ? String.fromCodePoint(Number.parseInt(hex, 16))
        : (NAMED[one as string] ?? (one as string))
    },
  )
}
