// In Vitest every package goes through Vite, and Vitest leaves some of them to Node by rules of its own. Threads do the same.

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { withoutQuery } from '@experimental-threads/compiler/plugin-core'
import type { DevEnvironment, HotPayload } from 'vite'

/** What the module runner takes for a module that Node imports by itself. */
export interface External {
  externalize: string
  type: 'module' | 'commonjs'
}

/**
 * The answer to a request for a module of a package, or undefined where Vite is to answer.
 *
 * @param isForeign tells the packages that nothing is lifted from
 */
export async function externalOf(
  environment: DevEnvironment,
  payload: HotPayload,
  isForeign: (id: string) => boolean,
): Promise<External | undefined> {
  if (!isVitest(environment)) return undefined
  const { data } = payload as { data?: { name: string; data: [url: string, importer?: string] } }
  if (data?.name !== 'fetchModule') return undefined
  const [url, importer] = data.data
  const found = await environment.pluginContainer.resolveId(url, importer)
  if (
    !found ||
    !found.id.includes('/node_modules/') ||
    !isForeign(found.id) ||
    /[?&](?!v=)/.test(found.id.slice(withoutQuery(found.id).length))
  )
    return undefined
  const file = withoutQuery(found.id)
  const type = await typeOf(file)
  return type && { externalize: pathToFileURL(file).href, type }
}

/** Whether the environment belongs to Vitest. */
export function isVitest(environment: { config: { plugins: readonly { name: string }[] } }): boolean {
  return environment.config.plugins.some(({ name }) => name === 'vitest')
}

/** Whether Vitest runs the tests of the environment in a browser. */
export function isBrowserTest(environment: { config: { plugins: readonly { name: string }[] } }): boolean {
  return environment.config.plugins.some(({ name }) => name === 'vitest:browser')
}

async function typeOf(file: string): Promise<External['type'] | undefined> {
  const [extension] = /\.[cm]?js$/.exec(file) ?? []
  if (extension === undefined) return undefined
  if (extension !== '.js') return extension === '.mjs' ? 'module' : 'commonjs'
  if ((await packageType(dirname(file))) === 'module') return 'module'
  // Some packages hold modules under a name that Node takes for something else: Vite has to read these.
  return /^\s*(?:import|export)\b/m.test(await readFile(file, 'utf8')) ? undefined : 'commonjs'
}

async function packageType(folder: string): Promise<string | undefined> {
  try {
    const { type } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { type?: string }
    return type
  } catch {
    const parent = dirname(folder)
    return parent === folder ? undefined : packageType(parent)
  }
}
