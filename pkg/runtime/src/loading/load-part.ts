// Parts of the runtime that are loaded when they are used.

import { partNotLoaded } from '../errors.ts'

/** What an `import()` of ours gives. Rejects with R545. */
export async function loadPart<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading
  } catch (cause) {
    throw partNotLoaded(cause)
  }
}
