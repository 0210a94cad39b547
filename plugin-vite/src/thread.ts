// Runs in a thread of the dev server or of Vitest, where modules exist only inside Vite: asks the server for them, and evaluates them
// with Vite's own module runner. The bootstrap that `module-server.ts` makes imports this file.

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

import type * as moduleRunners from 'vite/module-runner'

import type { Answer, Question } from './module-server.ts'

/** Where a thread gets its modules. */
export interface ThreadOptions {
  /** The path of the server's socket, or the name of its pipe */
  socket: string
  /** The name of Vite's environment that transforms the modules */
  environment: string
  /** The URL of `vite/module-runner` of the Vite that serves */
  moduleRunner: string
}

/** The scheme of addresses that only Vite can load. */
export const SCHEME = 'vite:'

/** Makes what loads a chunk by its address. */
export function loaderOf(options: ThreadOptions): (address: string) => Promise<unknown> {
  let runner: Promise<moduleRunners.ModuleRunner> | undefined
  return async (address) => {
    runner ??= start(options)
    return (await runner).import(pathOf(address))
  }
}

// The runtime makes a URL of an address, which encodes it.
function pathOf(address: string): string {
  const path = address.slice(SCHEME.length)
  const query = path.indexOf('?')
  return query < 0 ? decodeURI(path) : decodeURI(path.slice(0, query)) + path.slice(query)
}

async function start({ socket, environment, moduleRunner }: ThreadOptions): Promise<moduleRunners.ModuleRunner> {
  const { ESModulesEvaluator, ModuleRunner } = (await import(moduleRunner)) as typeof moduleRunners
  const transport = transportOver(connect(socket), environment)
  return new ModuleRunner({ transport, hmr: false }, new ESModulesEvaluator())
}

function transportOver(socket: Socket, environment: string): moduleRunners.ModuleRunnerTransport {
  const waiting = new Map<number, { resolve: (answer: Answer['answer']) => void; reject: (error: Error) => void }>()
  let last = 0
  let closed: Error | undefined
  const close = (cause: unknown): void => {
    closed ??= new Error('the connection to the dev server has ended', { cause })
    for (const { reject } of waiting.values()) reject(closed)
    waiting.clear()
  }
  socket.on('error', close)
  socket.on('close', () => close(undefined))
  const lines = createInterface({ input: socket })
  // The reader passes the socket's error on.
  lines.on('error', close)
  lines.on('line', (line) => {
    const { id, answer } = JSON.parse(line) as Answer
    waiting.get(id)?.resolve(answer)
    waiting.delete(id)
  })
  return {
    invoke: (payload) =>
      new Promise((resolve, reject) => {
        if (closed !== undefined) return reject(closed)
        const question: Question = { id: ++last, environment, payload }
        waiting.set(question.id, { resolve, reject })
        socket.write(`${JSON.stringify(question)}\n`)
      }),
  }
}
