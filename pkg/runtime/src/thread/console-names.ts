// In development: what threads print says which of them it comes from.

import { runtimeState } from '../state.ts'
import type { ThreadContext } from './thread-context.ts'

const METHODS = ['debug', 'error', 'info', 'log', 'warn'] as const

/**
 * From now on what closures print in this worker begins with their thread's name. Of code that goes on after an `await`
 * while several threads share the worker nobody knows whose it is: it prints as ever.
 */
export function nameConsole(): void {
  const started = new Set<ThreadContext>()
  let entered: ThreadContext | null = null
  runtimeState().entering.add((context) => {
    entered = context
    if (context === null || started.has(context)) return
    started.add(context)
    context.releases.push(() => started.delete(context))
  })
  const nameNow = (): string | undefined => {
    const [only] = started.size === 1 ? started : []
    return (entered ?? only)?.name
  }
  for (const method of METHODS) {
    const print = console[method].bind(console)
    console[method] = (...given: unknown[]) => print(...named(nameNow(), given))
  }
}

/** The first text stays the first: it may say how the rest is to be printed. */
function named(name: string | undefined, given: unknown[]): unknown[] {
  if (name === undefined) return given
  const [first, ...rest] = given
  if (typeof first !== 'string') return [`[${name}]`, ...given]
  // Nothing in a name stands for another value.
  const shown = rest.length > 0 ? name.replaceAll('%', '%%') : name
  return [`[${shown}] ${first}`, ...rest]
}
