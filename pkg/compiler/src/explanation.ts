/** What `explain` takes and gives: for each closure of a file, every name that it uses and what becomes of it. Offsets are UTF-16 code units. */

import type { Diagnostic, TransformOptions } from './index.ts'

/** Options of one {@link Explain} call; they mean what they mean for `transform`. */
export type ExplainOptions = Pick<TransformOptions, 'filename' | 'lang' | 'jsx' | 'importSource' | 'using'>

/** The signature of `explain`. */
export type Explain = (source: string, options: ExplainOptions) => Explanation

/** The closures of one file. The same text and options give the same explanation, on any machine. */
export interface Explanation {
  /** Version of this shape. Fields may be added to it; none changes its meaning or goes without another number. */
  version: 1
  /** The file name as it was given */
  file: string
  /** In source order; empty when the text is no program or has no spawn site */
  sites: ExplainedSite[]
  /** All errors and warnings of the file, in source order */
  diagnostics: Diagnostic[]
}

/** One closure that becomes a thread. */
export interface ExplainedSite {
  /** The id of its worker module: 16 base36 characters */
  id: string
  /** `<readable>_<id>` */
  name: string
  /** The function that is called */
  call: 'spawn' | 'task' | 'parallelMap'
  /** Whether the closure is written in the call, or named there */
  given: 'literal' | 'reference'
  /** Id of the site in whose closure this one stands */
  parent?: string
  /** The whole call */
  at: Place
  /** The closure, or its name, in the call */
  closure: Place
  /** UTF-8 bytes of source text that are copied for the site. A declaration counts once, however many of its names are used. */
  bytes: {
    /** The closure's own text, without the closures that nested sites lift out of it */
    closure: number
    /** Declarations that are copied along */
    declarations: number
    /** Initialisers that a worker loads only when a value cannot be cloned, with what they need */
    recipes: number
  }
  /**
   * Every name that the closure uses and does not declare, in the order of first use; then those that its declarations need.
   * Names that are used as types only (rule 2) are not listed, since nothing becomes of them.
   */
  names: ExplainedName[]
}

/** A stretch of the source. */
export interface Place {
  start: number
  end: number
  /** Of the start, from 1 */
  line: number
  /** Of the start, from 1 */
  column: number
}

/** A free name of a closure, or of a declaration that it needs. */
export interface ExplainedName {
  name: string
  /** What the source declares it as; `global` when this file declares no such name */
  binding:
    | 'global'
    | 'import'
    | 'var'
    | 'let'
    | 'const'
    | 'using'
    | 'function'
    | 'class'
    | 'enum'
    | 'namespace'
    | 'import-equals'
    | 'parameter'
    | 'own-name'
  /** Number of the rule that decided, in the table of ARCHITECTURE.md: 1, 3 to 12 */
  rule: number
  /** The same rule in words */
  class: ExplainedClass
  /**
   * How it comes into the thread.
   *
   * - `global`: left alone, every thread has its own
   * - `re-imported`: imported again
   * - `per-task`: given to each task by the runtime, `threadSignal` and `threadName`
   * - `shared`: the same memory under the same id
   * - `hoisted`: its declaration is copied to module level
   * - `inner`: its declaration is copied into the function that gets the captured values
   * - `recipe`: its value is cloned at the call if it survives that, else the worker evaluates its initialiser
   * - `cloned`: its value is cloned at the call
   * - `refused`: not at all, it is an error
   */
  how: 'global' | 're-imported' | 'per-task' | 'shared' | 'hoisted' | 'inner' | 'recipe' | 'cloned' | 'refused'
  /** What decided it, in one sentence with the place of the declaration */
  why: string
  /**
   * UTF-8 bytes of source text that are copied for it: 0 where only a value or a name crosses; `import` where the text comes from another
   * file, whose size only the bundler knows.
   */
  bytes: number | 'import'
  /** Where it is declared in this file */
  declared?: Place
  /** Its first use */
  used: Place
  /** How often the closure's own text names it; a nested site that captures it counts as one. 0 when only a declaration needs it */
  uses: number
  /** Where the closure, or a declaration that it needs, writes it */
  writes: Place[]
  /** The declarations through which it is needed, outermost first; empty when the closure itself names it */
  via: string[]
  /** Its index among the captures of the site, when its value is sent */
  capture?: number
}

/** The rules in words, in the order of their numbers. */
export type ExplainedClass =
  | 'global'
  | 'written'
  | 'import'
  | 'shared'
  | 'declaration'
  | 'literal'
  | 'declaration that needs a value'
  | 'value or recipe'
  | 'module value'
  | 'local declaration'
  | 'local value'
