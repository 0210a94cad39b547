import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { BOOT_ID } from '@experimental-threads/compiler/plugin-core'

import { TELL_ERRORS } from './thread-errors.ts'
import { SCHEME } from './thread.ts'

/** The module that a worker starts with. */
export const BOOTSTRAP_ID = 'virtual:experimental-threads/bootstrap'

/** What the dev server tells pages when modules of threads have changed. */
export const RECYCLE_EVENT = 'experimental-threads:recycle'

/** Matches what {@link resolveVirtual} answers for. */
export const VIRTUAL: RegExp =
  /^(?:virtual:experimental-threads\/(?:boot|bootstrap)|experimental-threads\/(?:internal|worker))$/

/** Matches the resolved virtual modules. */
export const RESOLVED_VIRTUAL: RegExp = /^\0virtual:experimental-threads\/(?:boot|bootstrap)$/

type Resolve = (source: string, importer: string) => Promise<{ id: string } | null>

/**
 * Resolves the virtual modules, and the runtime for them: a virtual module lies in no folder, so the runtime is looked for
 * from the project's root, then from this package.
 */
export async function resolveVirtual(
  source: string,
  importer: string | undefined,
  root: string,
  resolve: Resolve,
): Promise<{ id: string } | string | null> {
  if (source.startsWith('virtual:')) return `\0${source}`
  if (importer === undefined || !RESOLVED_VIRTUAL.test(importer)) return null
  return (await resolve(source, join(root, 'index.html'))) ?? resolve(source, fileURLToPath(import.meta.url))
}

// Vitest wraps every `import()` of a module in a function that is there in its pages, and not in their workers.
const WRAPPED_IMPORTS = 'globalThis.__vitest_browser_runner__ ??= { wrapDynamicImport: (load) => load() }\n'

// While one develops, what threads print begins with their names.
const NAMED = 'import { $edits, nameConsole } from "experimental-threads/worker"\n$edits()\nnameConsole()\n'

interface BootHost {
  isDevPage: boolean
  isDevServer: boolean
  isBrowserTest: boolean
}

/**
 * The text of a virtual module.
 *
 * @param bootAddress makes the expression for the bootstrap's address
 * @param host whether it is for a page of the dev server or its server side, and whether Vitest serves a page
 */
export async function loadVirtual(
  id: string,
  bootAddress: () => Promise<string>,
  host: BootHost,
): Promise<{ code: string; moduleSideEffects: true }> {
  const code =
    id === `\0${BOOT_ID}`
      ? bootText(await bootAddress(), host)
      : `${host.isDevPage ? NAMED : 'import "experimental-threads/worker"\n'}${host.isBrowserTest ? WRAPPED_IMPORTS : ''}`
  // The package may say that it has no side effects; these two have nothing else.
  return { code, moduleSideEffects: true }
}

function bootText(address: string, { isDevPage, isDevServer, isBrowserTest }: BootHost): string {
  // Only Vite can load what a server's addresses name, and only from within a module of its own.
  if (isDevServer) {
    return `import { $boot, $edits } from "experimental-threads/internal"
$edits()
$boot(${address}, (address) => import(/* @vite-ignore */ address.slice(${SCHEME.length})))
`
  }
  if (!isDevPage) return `import { $boot } from "experimental-threads/internal"\n$boot(${address})\n`
  return `import { $boot, $edits, $recycle } from "experimental-threads/internal"
$edits()
$boot(${address})
import.meta.hot?.on(${JSON.stringify(RECYCLE_EVENT)}, () => $recycle())
${isBrowserTest ? '' : TELL_ERRORS}`
}

/** The runtime's own bootstrap as a `file:` URL, for Node without a bundler. */
export function bootstrapFile(root: string): string {
  for (const from of [pathToFileURL(join(root, 'index.html')), new URL(import.meta.url)]) {
    try {
      return pathToFileURL(createRequire(from).resolve('experimental-threads/worker')).href
    } catch {
      // Not reachable from there; the second place is this package, of which the runtime is a peer.
    }
  }
  return 'experimental-threads/worker'
}
