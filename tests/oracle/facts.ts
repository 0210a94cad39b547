/** What an analyser of scopes says of one closure: the common tongue of the analysers that are compared. */

/** A name that a closure uses and does not declare. */
export interface FreeName {
  name: string
  /** Starts of the identifiers that declare it; empty for what the file does not declare */
  declared: number[]
  kinds: Kind[]
  /** Starts of its uses in the closure, sorted; places that write are among them */
  uses: number[]
  /** Starts of the places in the closure that write it, sorted */
  writes: number[]
  /** Whether anything but its declaration writes it, anywhere in the file */
  constant: boolean
  /** Whether the module itself declares it */
  moduleLevel: boolean
  /** Whether it is `declare`d: it exists elsewhere */
  ambient: boolean
  /** What a variable starts with; undefined for what is no variable */
  initial: Initial | undefined
}

/** What the text tells of the value that a variable starts with. */
export type Initial =
  /** Nothing is given to it there, or a loop gives it */
  | 'nothing'
  /** The same wherever it is evaluated: a literal, or a path of standard globals */
  | 'literal'
  | 'function'
  | 'class'
  /** Something that the module waits for */
  | 'awaited'
  | 'other'

export type Kind =
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
  | 'parameter'
  | 'catch'
  | 'own-name'

/** A closure that was given to `spawn`, and all that it takes from outside. */
export interface Closure {
  start: number
  end: number
  names: FreeName[]
}

export function ascending(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}
