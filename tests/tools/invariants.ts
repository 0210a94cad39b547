/**
 * What must hold for every output of the transform, whatever the program. Judged with a parser and a scope analysis that share nothing with
 * the transform's own.
 */

import { isDeepStrictEqual } from 'node:util'

import type { Lang, TransformOutput, WorkerModule } from '@experimental-threads/compiler'
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
  /** Looks only at names and lengths. Else also at maps, and at what comes of transforming each text again, which costs more. */
  brief?: boolean
  /** Takes types and JSX out of a text. Default: as `jsx` says. */
  toJavaScript?: (code: string) => string
}

/** Every invariant that does not hold, as a sentence. None for an output without changes. */
export function brokenInvariants(subject: Subject): string[] {
  const { output, source } = subject
  if (!subject.brief && !isDeepStrictEqual(subject.again(source), output)) return ['the same text gives another output']
  if (!output.changed) return []
  const before = freeNames(javaScriptOf(subject, source))
  const parsed: Parsed[] = []
  const broken: string[] = []
  for (const { what, code } of textsOf(output)) {
    const text = readable(subject, code)
    if (typeof text === 'string') broken.push(`${what} does not parse: ${text}`)
    else {
      parsed.push(text)
      broken.push(...lost(what, freeNames(text), before, subject))
    }
  }
  if (broken.length === 0) broken.push(...unequalLengths(output, parsed))
  return broken.length > 0 || subject.brief ? broken : brokenAgain(subject)
}

/** What costs most: maps, which need the texts as they are, and transforming each text again. */
function brokenAgain(subject: Subject): string[] {
  const { output, source, lang } = subject
  const original = parse(source, lang)
  return textsOf(output).flatMap(({ what, code, map, module }) => {
    const broken = notLeftAlone(subject, what, code)
    if (map === null) return broken
    const text = parse(code, lang)
    if (text.errors.length > 0) return [`${what} does not parse: ${text.errors[0]}`]
    const mapped = mapping(text, map, source)
    return [...broken, ...wronglyMapped(what, mapped, source), ...unmapped(what, mapped, output, original, module)]
  })
}

interface Text {
  what: string
  code: string
  map: TransformOutput['map']
  module?: WorkerModule
}

/** The spawning module, and then the modules of its threads. */
function textsOf({ code, map, modules }: TransformOutput): Text[] {
  return [
    { what: 'the spawning module', code, map },
    ...modules.map((module) => ({ what: `module ${module.name}`, code: module.code, map: module.map, module })),
  ]
}

function notLeftAlone(subject: Subject, what: string, code: string): string[] {
  const { changed, code: text, diagnostics } = subject.again(code)
  if (!changed && text === code && diagnostics.length === 0) return []
  const codes = diagnostics.map((diagnostic) => diagnostic.code).join()
  return [`${what} is transformed again${codes === '' ? '' : ` (${codes})`}`]
}

/** Names of values that a text of JavaScript uses and does not declare. */
function freeNames({ tree }: Parsed): Set<string> {
  const { globalScope } = analyze(tree as never, { sourceType: 'module', lib: [], jsxPragma: null })
  return new Set(globalScope!.through.map(({ identifier }) => (identifier as { name: string }).name))
}

/** A text without types and JSX; or what is wrong with it. */
function readable(subject: Subject, code: string): Parsed | string {
  try {
    return javaScriptOf(subject, code)
  } catch (error) {
    return (error as SyntaxError).message
  }
}

function javaScriptOf({ lang, jsx, toJavaScript }: Subject, code: string): Parsed {
  // What is wrong with a text, taking the types out of it tells; what is left may have decorators of TypeScript's own.
  if (lang !== 'js') return parse(toJavaScript?.(code) ?? withoutTypes(code, lang, jsx), 'js')
  const parsed = parse(code, lang)
  if (parsed.errors.length > 0) throw new SyntaxError(parsed.errors[0])
  return parsed
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
