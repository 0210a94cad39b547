/**
 * A static file server for built pages: the headers of cross-origin isolation and a strict policy, under any base.
 */

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'

/** No `unsafe-eval`, no `unsafe-inline`, no `blob:` and no `data:`. */
export const STRICT_POLICY =
  "default-src 'self'; script-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'"

/** The two headers without which a browser gives no shared memory. */
export const ISOLATION: Record<string, string> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export interface ServeOptions {
  /** The path under which the folder is found, with a slash at both ends. Default: `/`. */
  base?: string
  /** Sent with every answer. Default: {@link ISOLATION} and {@link STRICT_POLICY}. */
  headers?: Record<string, string>
}

export interface FileServer {
  /** Where the folder's `index.html` is. */
  url: string
  /** Paths that were asked for and are not there. */
  missing: string[]
  close: () => Promise<void>
}

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/**
 * Serves a folder on a free port of this machine.
 *
 * @example
 * ```ts
 * const server = await serve('dist', { base: '/sub/' })
 * try {
 *   await page.goto(server.url)
 * } finally {
 *   await server.close()
 * }
 * ```
 */
export async function serve(folder: string, options: ServeOptions = {}): Promise<FileServer> {
  const base = options.base ?? '/'
  const headers = options.headers ?? { ...ISOLATION, 'Content-Security-Policy': STRICT_POLICY }
  const missing: string[] = []
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    const file = path.startsWith(base) ? await findFile(folder, path.slice(base.length)) : null
    if (file === null) {
      missing.push(path)
      response.writeHead(404).end()
      return
    }
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream')
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    missing,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function findFile(folder: string, path: string): Promise<string | null> {
  const file = join(folder, normalize(path === '' || path.endsWith('/') ? `${path}index.html` : path))
  if (!file.startsWith(normalize(folder) + sep)) return null
  const found = await stat(file).catch(() => null)
  return found?.isFile() ? file : null
}
