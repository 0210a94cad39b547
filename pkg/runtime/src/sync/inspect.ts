/**
 * What Node, Deno and Bun print for our types, as `Mutex(free)`. Their fields hold views of all the memory that threads share, so a lock would be thirty lines of
 * numbers.
 */

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/**
 * Says how the objects of a class are printed: their name, and in brackets what `state` gives. Printing must change nothing and cannot fail: `state` asks for no
 * memory, also where there is none. A class without `Symbol.toStringTag` needs a `name`, since bundlers rename classes.
 */
export function inspectable<T extends object>(prototype: T, state: (value: T) => string | number, name?: string): void {
  Object.defineProperty(prototype, INSPECT, {
    value(this: T & { [Symbol.toStringTag]?: string }) {
      return `${name ?? this[Symbol.toStringTag]}(${state(this)})`
    },
  })
}

/** Of what is given back once. */
export const heldOrReleased = (holds: unknown): string => (holds === undefined ? 'released' : 'held')
