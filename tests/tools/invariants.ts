/**
 * What must hold for every output of the transform, whatever the program. Judged with a parser and a scope analysis that share nothing with
 * the transform's own.
 */

import { isDeepStrictEqual } from 'node:util'

import type { Lang, TransformOutput } from '@experimental-threads/compiler'
import { transformSync } from 'rolldown/utils'
import { analyze } from '@typescript-eslint/scope-manager'

import { mapping, unmapped, wronglyMapped } from './invariant-maps.ts'
import type { Parsed, Tree } from './syntax.ts'
import { parse } from './syntax.ts'

/** One transform, and how to do it again. */
export interface Subject {
  source: string
  lang: Lang
  output: TransformOutput
  /** The same transform of another text. */
  again: (text: string) => TransformOutput
  /** How JSX is compiled. Default: automatic. */
  jsx?: { factory: string; fragment: string }
  /** Names that the source takes from elsewhere without saying so: by an option or a pragma. */
  known?: readonly string[]
}

/** Every invariant that does not hold, as a sentence. None for an output without changes. */
export function brokenInvariants(subject: Subject): string[] {
  const { output, source, lang } = subject
  if (!isDeepStrictEqual(subject.again(source), output)) return ['the same text gives another output']
  if (!output.changed) return []
  const original = parse(source, lang)
  const before = freeNames(original, subject)
  const texts = [output, ...output.modules].map(({ code }) => parse(code, lang))
  const broken: string[] = []
  texts.forEach((text, index) => {
    const module = output.modules[index - 1]
    const what = module === undefined ? 'the spawning module' : `module ${module.name}`
    if (text.errors.length > 0) return broken.push(`${what} does not parse: ${text.errors[0]}`)
    broken.push(...lost(what, freeNames(text, subject), before, subject), ...notLeftAlone(subject, what, text.code))
    const { map } = module ?? output
    if (map === null) return
    const mapped = mapping(text, map, source)
    broken.push(...wronglyMapped(what, mapped, source), ...unmapped(what, mapped, output, original, module))
  })
  if (broken.length === 0) broken.push(...unequalLengths(output, texts))
  return broken
}

function notLeftAlone(subject: Subject, what: string, code: string): string[] {
  const { changed, code: text, diagnostics } = subject.again(code)
  if (!changed && text === code && diagnostics.length === 0) return []
  const codes = diagnostics.map((diagnostic) => diagnostic.code).join()
  return [`${what} is transformed again${codes === '' ? '' : ` (${codes})`}`]
}

/** Names of values that a text uses and does not declare. */
function freeNames(text: Parsed, { lang, jsx }: Subject): Set<string> {
  const { tree } = lang === 'js' ? text : parse(withoutTypes(text.code, lang, jsx), 'js')
  const { globalScope } = analyze(tree as never, { sourceType: 'module', lib: [], jsxPragma: null })
  return new Set(globalScope!.through.map(({ identifier }) => (identifier as { name: string }).name))
}

function withoutTypes(code: string, lang: Lang, jsx: Subject['jsx']): string {
  const options =
    jsx === undefined ? {} : ({ runtime: 'classic', pragma: jsx.factory, pragmaFrag: jsx.fragment } as const)
  const { code: text, errors } = transformSync(`text.${lang}`, code, { lang, jsx: options, sourcemap: false })
  if (errors.length > 0) throw new SyntaxError(errors.map(({ message }) => message).join('\n'))
  return text
}

function lost(what: string, free: ReadonlySet<string>, before: ReadonlySet<string>, { known = [] }: Subject): string[] {
  const names = [...free].filter((name) => !before.has(name) && !known.includes(name) && name !== 'undefined')
  return names.map((name) => `${what} uses \`${name}\`, which it does not have`)
}

/** What is sent, what is announced and what is taken must be equally many, in the same order. */
function unequalLengths(output: TransformOutput, texts: readonly Parsed[]): string[] {
  const sites = new Map(texts.flatMap(sitesIn).map((site) => [site.name, site]))
  const broken: string[] = []
  output.modules.forEach((module, index) => {
    if (module.kind !== 'site') return
    const expected = module.captures.map(({ name }) => name)
    const site = sites.get(module.name)
    const taken = parametersOfRun(texts[index + 1]!)
    if (taken !== expected.length) broken.push(`${module.name} takes ${taken} captures of ${expected.length}`)
    if (site === undefined) return broken.push(`no text refers to ${module.name}`)
    if (!isDeepStrictEqual(site.captures, expected))
      broken.push(`${module.name} announces ${site.captures.join()}, not ${expected.join()}`)
    if (site.recipes !== null && site.recipes !== expected.length)
      broken.push(`${module.name} has ${site.recipes} recipes for ${expected.length} captures`)
    if (site.sent.length === 0) broken.push(`nothing calls ${module.name}`)
    for (const sent of site.sent)
      if (sent !== expected.length)
        broken.push(`a call sends ${sent} values to ${module.name}, which takes ${expected.length}`)
  })
  return broken
}

/** `const $site = { name: "…", captures: […], recipes: […] }`, and the calls that use it. */
interface SiteText {
  name: string
  captures: string[]
  recipes: number | null
  /** How many values each call sends */
  sent: number[]
}

function sitesIn({ nodes }: Parsed): SiteText[] {
  const sites = new Map<string, SiteText>()
  for (const { type, id, init } of nodes) {
    if (type !== 'VariableDeclarator' || !id.name?.startsWith('$site') || init?.type !== 'ObjectExpression') continue
    const field = (key: string): Tree | undefined =>
      init.properties.find((property: Tree) => property.key.name === key)?.value
    sites.set(id.name, {
      name: field('name')?.value as string,
      captures: (field('captures')?.elements ?? []).map((element: Tree) => element.value),
      recipes: field('recipes')?.elements.length ?? null,
      sent: [],
    })
  }
  for (const { type, callee, arguments: args } of nodes) {
    if (type !== 'CallExpression' || !/^\$(?:spawn|task)/.test(callee.name ?? '')) continue
    sites.get(args[0]?.name)?.sent.push(args.at(-1)?.elements?.length ?? -1)
  }
  return [...sites.values()]
}

/** The number of captures that the function exported as `run` takes. Its last parameter may be the thread's context. */
function parametersOfRun({ nodes }: Parsed): number {
  const exported = nodes.find(({ type, exported: name }) => type === 'ExportSpecifier' && name.name === 'run')
  const run = nodes.find(({ type, id }) => type === 'VariableDeclarator' && id.name === exported?.['local'].name)
  const names: string[] = run?.['init'].params.map((parameter: Tree) => parameter['name']) ?? []
  return names.filter((name) => !name.startsWith('$thread')).length
}
