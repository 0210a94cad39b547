import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { docsPage } from '@experimental-threads/compiler/plugin-core'

/** A problem of the build as a whole: it has a code and a text, but no place in a file. */
export interface BuildProblem {
  message: string
  code: string
  pluginCode: string
}

const require = createRequire(import.meta.url)

/**
 * The text of a problem, taken from the page of its code.
 *
 * @param code the code, `E402` for example
 * @param values what stands for the placeholders of the page's message and help
 */
export function diagnose(code: string, values: Record<string, string> = {}): BuildProblem {
  const page = readFileSync(require.resolve(docsPage(code)), 'utf8')
  const fill = (field: string): string =>
    frontMatter(page, field).replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder)
  const message = `${code}  ${fill('message')}\n\n  help: ${fill('help')}\n  docs: ${docsPage(code)}`
  return { message, code, pluginCode: code }
}

/** A frame in the form of Vite's own: its overlay shows no other. */
export function overlayFrame(frame: string): string {
  return frame
    .replace(/^( *\d+) │/gm, '$1 |')
    .replace(/^( +) ·(.*)$/gm, (_, gutter: string, marks: string) => `${gutter} |${marks.replaceAll('─', '^')}`)
}

function frontMatter(page: string, field: string): string {
  const text = new RegExp(`^${field}: (".*")$`, 'm').exec(page)?.[1]
  return text === undefined ? '' : (JSON.parse(text) as string)
}
