// Serves modules to threads of the dev server and of Vitest. A thread, and in Vitest the program that starts it, may be in another
// process than Vite, so the way to them is a local socket.

import { mkdtemp, rm } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

import type { DevEnvironment, Environment, HotPayload, ViteDevServer } from 'vite'

import { externalOf } from './externals.ts'
import type { ResolvedOptions } from './options.ts'
import type { ThreadOptions } from './thread.ts'
import { bootstrapFile } from './virtual.ts'

/** One line of what a thread writes. */
export interface Question {
  id: number
  /** The name of the environment that is asked */
  environment: string
  /** What Vite's module runner wants to know */
  payload: HotPayload
}

/** One line of what it reads. */
export interface Answer {
  id: number
  answer: { result: unknown } | { error: unknown }
}

interface Endpoint {
  path: string
  close(): Promise<void>
}

const servers = new WeakMap<Environment, ViteDevServer>()
const optionsOf = new WeakMap<ViteDevServer, ResolvedOptions>()
const endpoints = new WeakMap<ViteDevServer, Promise<Endpoint>>()

/** Remembers the server of each environment. */
export function knowServer(server: ViteDevServer, options: ResolvedOptions): void {
  optionsOf.set(server, options)
  for (const environment of Object.values(server.environments)) servers.set(environment, server)
}

/**
 * The address of a bootstrap for threads that get their modules from the server of `environment`; undefined where there is none.
 * With the first call the server begins to listen.
 */
export async function bootstrapOf(environment: Environment): Promise<string | undefined> {
  const server = servers.get(environment)
  if (server === undefined) return undefined
  let endpoint = endpoints.get(server)
  if (endpoint === undefined) {
    endpoint = listen(server)
    endpoints.set(server, endpoint)
  }
  const options: ThreadOptions = {
    socket: (await endpoint).path,
    // The modules of a thread are those of Node, also where the test that starts it has the document of a browser.
    environment: environment.config.consumer === 'server' ? environment.name : 'ssr',
    moduleRunner: moduleRunnerOf(environment.config.root),
  }
  const text = [
    `import { $edits, loadWith, nameConsole } from ${JSON.stringify(bootstrapFile(environment.config.root))}`,
    `import { loaderOf } from ${JSON.stringify(new URL('./thread.js', import.meta.url).href)}`,
    `loadWith(loaderOf(${JSON.stringify(options)}))`,
    '$edits()',
    'nameConsole()',
  ].join('\n')
  // A worker's own URL loses its query, so what it has to know stands in the text.
  return `data:text/javascript,${encodeURIComponent(text)}`
}

/** Ends what {@link bootstrapOf} has begun. */
export async function stopServing(environment: Environment): Promise<void> {
  const server = servers.get(environment)
  const endpoint = server && endpoints.get(server)
  if (endpoint === undefined) return
  endpoints.delete(server!)
  await (await endpoint).close()
}

function moduleRunnerOf(root: string): string {
  for (const from of [pathToFileURL(join(root, 'index.html')), new URL(import.meta.url)]) {
    try {
      return pathToFileURL(createRequire(from).resolve('vite/module-runner')).href
    } catch {
      // Not reachable from there; the second place is this package, of which Vite is a peer.
    }
  }
  return 'vite/module-runner'
}

async function listen(server: ViteDevServer): Promise<Endpoint> {
  // Only this user may look into the folder.
  const folder = process.platform === 'win32' ? undefined : await mkdtemp(join(tmpdir(), 'threads-'))
  const path = folder === undefined ? `\\\\.\\pipe\\threads-${randomUUID()}` : join(folder, 's')
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.unref()
    const lines = createInterface({ input: socket })
    lines.on('line', (line) => void reply(server, socket, JSON.parse(line) as Question))
    // The thread has ended, maybe killed: nothing to tell anybody. The reader passes the socket's error on, so both are heard.
    for (const emitter of [socket, lines]) emitter.on('error', () => {})
  })
  await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(path, resolve))
  listener.unref()
  return { path, close: () => end(listener, sockets, folder) }
}

async function end(listener: Server, sockets: Set<Socket>, folder: string | undefined): Promise<void> {
  const closed = new Promise<void>((resolve) => listener.close(() => resolve()))
  for (const socket of sockets) socket.destroy()
  await closed
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
}

async function reply(server: ViteDevServer, socket: Socket, { id, environment, payload }: Question): Promise<void> {
  const asked = server.environments[environment]
  const answer =
    asked === undefined
      ? { error: { message: `no environment ${environment}` } }
      : await ask(asked, payload, optionsOf.get(server))
  socket.write(`${lineOf({ id, answer })}\n`)
}

async function ask(
  environment: DevEnvironment,
  payload: HotPayload,
  options: ResolvedOptions | undefined,
): Promise<Answer['answer']> {
  const external = await externalOf(
    environment,
    payload,
    (id) => options?.exclude !== undefined || options?.isForeign(id) !== false,
  )
  return external === undefined ? environment.hot.handleInvoke(payload) : { result: external }
}

function lineOf({ id, answer }: Answer): string {
  try {
    return JSON.stringify({ id, answer })
  } catch {
    // An error of a plugin may hold anything.
    const { name, message, stack } = ('error' in answer ? answer.error : new Error('unreadable answer')) as Error
    return JSON.stringify({ id, answer: { error: { name, message, stack } } })
  }
}
