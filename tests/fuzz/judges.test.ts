import type { TransformOutput } from '@experimental-threads/compiler'
import { expect, test } from 'vitest'

import { brokenInvariants } from '../tools/invariants.ts'
import { transformText } from './check.ts'
import { generate, textOf } from './grammar/program.ts'
import { runLifted } from './lifted.ts'
import { toJavaScript } from './modules.ts'
import { runReference } from './reference.ts'
import { shrink } from './shrink.ts'
import { print, statement, statements } from './tree.ts'

const SOURCE = `import { spawn } from 'experimental-threads'
import { add } from './library'
function twice(n) { return add(n, n) }
export async function main() {
  let a = 1
  const b = { a: 2 }
  const thread = spawn(() => { b.a++; return twice(a) + b.a })
  a = 5
  return [await thread, b.a]
}
`
const output = transformText(SOURCE, 'js')
const judge = (changed: TransformOutput): string[] =>
  brokenInvariants({
    source: SOURCE,
    lang: 'js',
    output: changed,
    again: (text) => (text === SOURCE ? changed : transformText(text, 'js')),
  })

/** The output with the text of the site's module, or of the spawning module, changed. */
function withText(of: 'site' | 'main', from: string | RegExp, to: string): TransformOutput {
  if (of === 'main') return { ...output, code: output.code.replace(from, to) }
  const [site, ...others] = output.modules
  return { ...output, modules: [{ ...site!, code: site!.code.replace(from, to) }, ...others] }
}

test('the invariants hold for what the transform gives', () => {
  expect(judge(output)).toEqual([])
})

test.each([
  ['a name that a worker module lost', withText('site', /import [^;]*;/, ''), /uses `twice`/],
  ['a name that the spawning module lost', withText('main', 'let a = 1', ''), /uses `a`/],
  ['a value that is not sent', withText('main', '[a, b]', '[a]'), /sends 1 values/],
  ['a parameter too many', withText('site', '($0', '($9, $0'), /takes 3 captures of 2/],
  ['a text that does not parse', withText('site', '=>', '=> ]'), /does not parse/],
  ['a text that moved against its map', withText('site', 'return () =>', 'return  () =>'), /maps/],
  ['a call that would be lifted again', withText('main', 'return [', 'spawn(() => a); return ['), /transformed again/],
])('the invariants see %s', (_, changed, expected) => {
  expect(judge(changed).join('\n')).toMatch(expected)
})

test('the same text must give the same output', () => {
  const broken = brokenInvariants({ source: SOURCE, lang: 'js', output, again: () => ({ ...output, code: '' }) })
  expect(broken).toEqual(['the same text gives another output'])
})

test('a closure sees the values of the moment of the call, and its writes do not come back', async () => {
  const reference = await runReference(SOURCE.replace('spawn }', 'spawn, $guard }'))
  expect(reference).toEqual({ text: '[ [ 5, 2 ], [] ]' })
  expect(await runLifted(output, (code) => toJavaScript(code, 'js'))).toEqual(reference)
})

test('the reference gives up the rest of a program, also where that catches everything', async () => {
  const { text } = await runReference(`
    import { spawn, $guard } from 'experimental-threads'
    const seen = []
    export async function main() {
      try { await spawn(async () => { await null; seen.push(await spawn(() => seen.length)); return seen.length }) } catch { $guard(); seen.push('caught') } finally { $guard(); seen.push('finally') }
      return [seen, await spawn(() => seen.length)]
    }`)
  expect(text).toBe("[ [ [ 'finally' ], 1 ], [] ]")
})

test('a worker module that computes something else is seen', async () => {
  const changed = withText('site', 'b.a++', 'b.a--')
  expect(await runLifted(changed, (code) => toJavaScript(code, 'js'))).toEqual({ text: '[ [ 3, 2 ], [] ]' })
})

test('the program of a seed is always the same', () => {
  expect(textOf(generate(5), 'lifted')).toBe(textOf(generate(5), 'lifted'))
  expect(textOf(generate(5), 'lifted')).not.toBe(textOf(generate(6), 'lifted'))
})

test('shrinking leaves what the failure needs', async () => {
  const program = statement`${statements([statement`a();`, statement`if (x) {\n${statements([statement`b();`, statement`c();`])}\n}`])}`
  await shrink(program, () => Promise.resolve(print(program, 'lifted').includes('c()')))
  expect(print(program, 'lifted')).toBe('c();')
})
