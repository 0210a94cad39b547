import { readFileSync, readdirSync } from 'node:fs'

import { ModuleStore, docsPage } from '@experimental-threads/compiler/plugin-core'
import type { Diagnostic, TransformOutput } from '@experimental-threads/compiler'
import { describe, expect, test } from 'vitest'

import { createTransform } from '../../pkg/compiler/src/compile.ts'

const folder = new URL('../../pkg/compiler/errors/', import.meta.url)
/** What the runtime prints and does not throw. */
const NOTICES = new Set(['R541', 'R550', 'R596'])
const pages = readdirSync(folder).filter((name) => /^[EWR]\d{3}\.md$/.test(name))

interface Page {
  code: string
  severity: string
  message: string
  help: string
  body: string
}

function read(name: string): Page {
  const text = readFileSync(new URL(name, folder), 'utf8')
  const [, front = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? []
  const value = (key: string): string => new RegExp(`^${key}: (.*)$`, 'm').exec(front)?.[1] ?? `no ${key}`
  return {
    code: value('code'),
    severity: value('severity'),
    message: unquote(value('message')),
    help: unquote(value('help')),
    body,
  }
}

function unquote(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text
}

describe('every error page', () => {
  test.each(pages)('%s says what happened, why, and how to fix it', (name) => {
    const page = read(name)
    const code = name.replace('.md', '')
    const severity = code.startsWith('W') || NOTICES.has(code) ? 'warning' : 'error'
    expect(page).toMatchObject({ code, severity })
    expect(page.message).not.toMatch(/^no message|\.$/)
    expect(page.help).not.toMatch(/^no help/)
    const headings = [...page.body.matchAll(/^#+ .*$/gm)].map(([heading]) => heading)
    expect(headings[0]).toMatch(new RegExp(`^# ${code}: .+[^.]$`))
    expect(headings).toEqual(expect.arrayContaining(['## What happened', '## Why', '## How to fix']))
  })
})

describe('texts that are made in JavaScript are those of their pages', () => {
  const module = { id: 'a', name: 'main_a', start: 0, end: 1 }
  const output = { modules: [module] } as TransformOutput

  test.each<[string, Record<string, string>, () => Diagnostic | undefined]>([
    [
      'E299',
      { file: 'app@1.0.0/a.ts' },
      () => {
        const stops = (): never => {
          throw new WebAssembly.RuntimeError('unreachable')
        }
        const transform = createTransform({ instance: () => ({ transform: stops }), drop: () => undefined })
        return transform('', { filename: 'app@1.0.0/a.ts', reference: String, specifier: String }).diagnostics[0]
      },
    ],
    [
      'E206',
      {},
      () => {
        const overflows = (): never => {
          throw new RangeError('Maximum call stack size exceeded')
        }
        const transform = createTransform({ instance: () => ({ transform: overflows }), drop: () => undefined })
        return transform('', { filename: 'app@1.0.0/a.ts', reference: String, specifier: String }).diagnostics[0]
      },
    ],
    [
      'E230',
      {},
      () => {
        const transform = createTransform({
          instance: () => ({
            transform: () => ({ code: '', map: null, changed: true, modules: [], shared: [], diagnostics: [] }),
          }),
          drop: () => undefined,
        })
        return transform('\ud83d', { filename: 'app@1.0.0/a.ts', reference: String, specifier: String }).diagnostics[0]
      },
    ],
    [
      'E401',
      { name: 'main_a', file: 'a.ts' },
      () => {
        const store = new ModuleStore()
        store.put('a.ts', output)
        return store.put('b.ts', output)[0]
      },
    ],
  ])('%s', (code, values, make) => {
    const page = read(`${code}.md`)
    const diagnostic = make()
    const message = Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), page.message)
    expect(diagnostic).toMatchObject({ code, severity: page.severity, message, help: page.help })
    expect(docsPage(code)).toBe(`@experimental-threads/compiler/errors/${code}.md`)
  })
})
