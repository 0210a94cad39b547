// What runs in a thread: a spawn site with its captured values, written in the call or held by a `Task`.

import type { JOB } from './marks.ts'
import type { RecipeUse, Site } from '../protocol.ts'

/** A lifted closure with the values that it captured. */
export interface Job {
  readonly site: Site
  /** In the order of `site.captures`. */
  readonly captures: unknown[]
  /** Captures that the worker makes itself. */
  readonly recipes: readonly RecipeUse[]
}

/** What the rest of the runtime knows of a `Task`: enough to run it, so that programs without tasks carry no more. */
export interface Runnable {
  /** The closure with its captured values, to be sent; or with copies of them, to be used here. */
  readonly [JOB]: (copies?: boolean) => Job
}
