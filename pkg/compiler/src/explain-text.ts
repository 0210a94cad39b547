/** An explanation as people read it: plain text, one table for each closure. */

import type { ExplainedName, ExplainedSite, Explanation } from './explanation.ts'

const WORDS: Record<ExplainedName['how'], string> = {
  global: 'global',
  're-imported': 're-imported',
  'per-task': 'per task',
  shared: 'shared',
  hoisted: 'hoisted',
  inner: 'inner',
  recipe: 'value or recipe',
  cloned: 'cloned',
  refused: 'refused',
}

/**
 * The sites of an explanation. Its diagnostics are not part of the text.
 *
 * ```text
 * src/sign-up.ts:6:10  spawn, signUp_k3jq0f1m5n8p2r7t
 *   closure 41 bytes, declarations 2 bytes
 *
 *   name     rule  how          bytes   why
 *   hash     4     re-imported  import  imported from 'bcryptjs' (`hash`) at 2:10
 *   request  12    cloned       0       a parameter around the call, declared at 5:30
 *   rounds   7     hoisted      11      a constant of the module, declared at 3:7, that is the same wherever it is evaluated
 * ```
 *
 * @param file how the file is named to the reader
 */
export function formatExplanation(explanation: Explanation, file: string): string {
  if (explanation.sites.length === 0) return `${file}: no closure of this file becomes a thread\n`
  return explanation.sites.map((site) => formatSite(site, file)).join('\n')
}

function formatSite(site: ExplainedSite, file: string): string {
  const nested = site.parent === undefined ? '' : `, inside ${site.parent}`
  const lines = [
    `${file}:${site.at.line}:${site.at.column}  ${site.call}, ${site.name}${nested}`,
    `  ${sizes(site)}`,
    '',
  ]
  if (site.names.length === 0) lines.push('  uses no name from outside')
  else lines.push(...table(site.names))
  return `${lines.join('\n')}\n`
}

function sizes({ given, bytes }: ExplainedSite): string {
  const parts = given === 'literal' ? [`closure ${bytes.closure} bytes`] : []
  parts.push(`declarations ${bytes.declarations} bytes`)
  if (bytes.recipes > 0) parts.push(`recipes ${bytes.recipes} bytes`)
  return parts.join(', ')
}

function table(names: ExplainedName[]): string[] {
  const rows = [['name', 'rule', 'how', 'bytes', 'why'], ...names.map(row)]
  const widths = rows.reduce<number[]>((all, cells) => cells.map((cell, at) => Math.max(all[at] ?? 0, cell.length)), [])
  return rows.map((cells) => `  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd())
}

function row({ name, rule, how, bytes, why, via }: ExplainedName): string[] {
  const through = via.length === 0 ? '' : ` (needed by ${via.map((helper) => `\`${helper}\``).join(' → ')})`
  return [name, String(rule), WORDS[how], String(bytes), why + through]
}
