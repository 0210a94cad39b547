// Tells from a class's text whether its instances have private state, which no copy can take along.
//
// A compiler that lowers `#x` to a WeakMap leaves names of its helpers behind unless a minifier renames them: then the
// state cannot be seen, and a method of the copy throws when it looks for it.

import type { ClassType } from './class-hooks.ts'

const known = new WeakMap<object, string | null>()

/** The first private name that instances of a class have, its own or an ancestor's; null when there is none. */
export function privateName(type: ClassType): string | null {
  const cached = known.get(type)
  if (cached !== undefined) return cached
  const text = Function.prototype.toString.call(type)
  const isBuiltIn = /\{\s*\[native code\]\s*\}\s*$/.test(text)
  const parent = Object.getPrototypeOf(type) as ClassType | null
  const inherited = isBuiltIn || parent === null || parent === Function.prototype ? null : privateName(parent)
  const name = inherited ?? (isBuiltIn ? null : declaredName(text))
  known.set(type, name)
  return name
}

// Strings, comments and regular expressions hold no code; a template may, but what it nests declares no member of this
// class. A `/` that follows a value divides, any other opens a regular expression. Beyond ASCII there are only letters and spaces: classes of Unicode would
// say which, and cost half a millisecond where the module is read.
const TOKEN =
  /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|`(?:[^`\\]|\\[^])*`|#?(?:[A-Za-z$_]|[^ -~\s])(?:[\w$]|[^ -~\s])*|[\d.][\w.]*|\?\.|[^\s]/gu
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/uy
const BEFORE_REGEX =
  /^(?:[([{,;=:?!&|^~+\-*%<>]|return|typeof|case|in|of|do|else|void|delete|throw|new|instanceof|await|yield)$/

const LOWERED = /^_{1,2}(?:private(?:Add|Method|Get|Set)|class_?private\w*|checkPrivateRedeclaration)$/i

/** The first private name that a class's body declares for its instances. */
export function declaredName(text: string): string | null {
  let depth = 0
  // The last tokens, newest first.
  let before: string[] = []
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    let token = match[0]
    if (token.startsWith('/*') || token.startsWith('//')) continue
    if (token === '/' && BEFORE_REGEX.test(before[0] ?? '(')) {
      REGEX.lastIndex = match.index
      const regex = REGEX.exec(text)
      if (regex !== null) {
        token = regex[0]
        TOKEN.lastIndex = REGEX.lastIndex
      }
    }
    if ('([{'.includes(token)) depth++
    else if (')]}'.includes(token)) depth--
    else if (LOWERED.test(token)) return '#…'
    else if (token.startsWith('#') && depth === 1 && isDeclared(before)) return token
    before = [token, ...before.slice(0, 4)]
  }
  return null
}

/** Whether what stands before a private name at the level of members leaves it a member of instances. */
function isDeclared(before: readonly string[]): boolean {
  const at = before.findIndex((token) => !['*', 'get', 'set', 'async', 'accessor'].includes(token))
  const token = before[at] ?? ''
  return token !== 'static' && token !== '.' && token !== '?.'
}
