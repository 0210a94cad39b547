/** esbuild's own server, made fit for shared memory: it sends no headers of isolation and cannot be told to. */

import { createServer, request as ask } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { BuildContext, ServeOptions } from 'esbuild'

/** What {@link serveIsolated} takes. The options of esbuild's server, but for those of HTTPS. */
export interface IsolatedServeOptions extends Omit<ServeOptions, 'certfile' | 'keyfile'> {
  /**
   * `'credentialless'` lets images and scripts of other origins load without a header of their own. Default: `'require-corp'`, which every
   * browser knows.
   */
  embedderPolicy?: 'require-corp' | 'credentialless' | undefined
}

/** A running server. */
export interface IsolatedServer {
  /** Where the page is, for example `http://localhost:8000/` */
  url: string
  port: number
  /** Stops it, open connections too. esbuild's own server ends with its context */
  close(): Promise<void>
}

/** esbuild's own default, and as there the next ones where it is taken. */
const PORTS = [8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007, 8008, 8009]

/**
 * Serves as `context.serve()` does, with the two headers that make a page cross-origin isolated. esbuild's server listens on a port of
 * its own behind this one, on this machine only.
 *
 * @throws the error of Node where no port is free
 * @example
 * ```js
 * const context = await esbuild.context({ ...options, plugins: [experimentalThreads()] })
 * const { url } = await serveIsolated(context, { servedir: 'site' })
 * ```
 */
export async function serveIsolated(
  context: BuildContext,
  { embedderPolicy = 'require-corp', host, port, ...options }: IsolatedServeOptions = {},
): Promise<IsolatedServer> {
  const inner = await context.serve({ ...options, host: '127.0.0.1', port: 0 })
  const server = createServer((request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', embedderPolicy)
    pass(request, response, inner.port)
  })
  await listen(server, port === undefined ? PORTS : [port], host)
  const taken = (server.address() as AddressInfo).port
  return {
    url: `http://${host === undefined || host === '0.0.0.0' ? 'localhost' : host}:${taken}/`,
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function pass(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { url: path, method, headers } = request
  const forwarded = ask({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  // The page is closed while it listens for changes, or the context has ended.
  forwarded.on('error', () => response.destroy())
  response.on('close', () => forwarded.destroy())
  request.pipe(forwarded)
}

async function listen(server: Server, ports: readonly number[], host: string | undefined): Promise<void> {
  for (const [index, port] of ports.entries()) {
    try {
      return await new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          resolve()
        })
      })
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || index === ports.length - 1) throw error
    }
  }
}
