/** `assertEquals` of Deno's standard library, as far as the original's tests use it: for numbers and strings. */
export function assertEquals<T extends number | string | undefined>(actual: T, expected: T): void {
  if (!Object.is(actual, expected)) throw new Error(`Values are not equal: ${actual} and ${expected}`)
}
