// Packages that ship calls of `spawn` as they were written: whoever uses one has the plugin, and nothing else to do.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { configOf, versions, writeApp } from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const manifest = (
  name: string,
  version: string,
  dependencies: Record<string, string> = {},
  rest: object = {},
): string => JSON.stringify({ name, version, type: 'module', main: 'index.js', dependencies, ...rest })

const runtime = { 'experimental-threads': '*' }

/** Tells its version, by way of a class that is known to threads by the id of its declaration. */
const ticket = (version: number): string => `import { spawn } from 'experimental-threads'
class Ticket { version = ${version} }
export const issue = () => spawn(() => new Ticket())
export const isTicket = (value) => value instanceof Ticket
`

const files = {
  'index.html': '<!doctype html><body><script type="module" src="/src/main.js"></script>',
  'package.json': manifest('app', '1.0.0', { tickets: '2.0.0', box: '1.0.0', later: '1.0.0' }),
  'src/main.js': `import { issue, isTicket } from 'tickets'
import { boxed } from 'box'

const load = () => import('./late.js')
void (async () => {
  const [mine, theirs] = await Promise.all([issue(), boxed.issue()])
  const kinds = [isTicket(mine), isTicket(theirs), boxed.isTicket(mine), boxed.isTicket(theirs)]
  const late = await (await load()).late()
  Object.assign(globalThis, { outcome: { versions: [mine.version, theirs.version], kinds, late } })
})()
`,
  'src/late.js': `import { later } from 'later'\nexport const late = () => later(20)\n`,
  'node_modules/tickets/package.json': manifest('tickets', '2.0.0', {}, { peerDependencies: runtime }),
  'node_modules/tickets/index.js': ticket(2),
  // Has nothing to do with threads, but for another version of a package that has.
  'node_modules/box/package.json': manifest('box', '1.0.0', { tickets: '1.0.0' }),
  'node_modules/box/index.js': `import * as tickets from 'tickets'\nexport const boxed = tickets\n`,
  'node_modules/box/node_modules/tickets/package.json': manifest('tickets', '1.0.0', runtime),
  'node_modules/box/node_modules/tickets/index.js': ticket(1),
  // Needs a package that is not in the language of browsers, in its own text and in its closure.
  'node_modules/later/package.json': manifest('later', '1.0.0', { double: '1.0.0', ...runtime }),
  'node_modules/later/index.js': `import { spawn } from 'experimental-threads'
import double from 'double'
export const later = async (n) => [double(1), await spawn(() => double(n) + 2)]
`,
  'node_modules/double/package.json': JSON.stringify({ name: 'double', version: '1.0.0' }),
  'node_modules/double/index.js': 'module.exports = (n) => n * 2\n',
}

describe.each(versions)('%s', (_, load) => {
  test.each(['dev server', 'build'])(
    '%s: closures of packages are lifted, and two versions do not mix',
    async (host) => {
      await using app = await writeApp(files)
      const vite = await load()
      if (host === 'build') await vite.build(configOf(app))
      const server = await (host === 'build'
        ? vite.preview(configOf(app, { preview: { port: 0 } }))
        : vite.createServer(configOf(app)))
      onTestFinished(() => server.close())
      if ('listen' in server) await server.listen()
      const page = await browser.newPage()
      onTestFinished(() => page.close())
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(String(error)))
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      let loads = 0
      page.on('load', () => loads++)
      await page.goto(server.resolvedUrls!.local[0]!)
      const outcome = await page
        .waitForFunction(() => (globalThis as { outcome?: unknown }).outcome, undefined, { timeout: 20_000 })
        .catch(() => problems)
      expect('jsonValue' in outcome ? await outcome.jsonValue() : outcome).toEqual({
        versions: [2, 1],
        kinds: [true, false, false, true],
        late: [2, 42],
      })
      expect(loads).toBe(1)
    },
  )
})
