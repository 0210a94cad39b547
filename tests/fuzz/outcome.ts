/** What comes of a program: what `main` gives, or the error that it or the module ends with. */

import { shown } from '../tools/shown.mjs'

export interface Outcome {
  text: string
  /** The code of an error of ours. */
  code?: string
}

/** @param run gives what `main` resolved to, and the other exports */
export async function outcomeOf(run: () => Promise<[unknown, Record<string, unknown>]>): Promise<Outcome> {
  try {
    const [result, exports] = await run()
    return { text: shown([result, withoutCode(exports)]) }
  } catch (error) {
    const { code } = Object(error) as { code?: string }
    return { text: `throws ${errorText(error)}`, ...(typeof code === 'string' ? { code } : {}) }
  }
}

/** Of two errors that say that a value cannot be cloned, ours says it better. */
function errorText(error: unknown): string {
  const { name, code } = Object(error) as { name?: string; code?: string }
  if (name === 'DataCloneError' || code === 'R502' || code === 'R503') return 'cannot be cloned'
  return error instanceof Error ? `${error.name}: ${error.message}` : shown(error)
}

/** Exported functions and classes are the same text on both sides; values are compared. */
function withoutCode(exports: Record<string, unknown>): unknown[] {
  return Object.entries(exports).filter(([, value]) => typeof value !== 'function')
}

/** Bundlers give names of their own, `a2` for `a`, which messages of errors repeat. */
export function asWritten(text: string): string {
  return text.replaceAll(/\b([a-i])\d+\b/g, '$1')
}
