// @ts-check

import { inspect } from 'node:util'

/**
 * A value as one line of text. It tells more than JSON would: undefined, -0, maps, typed arrays and the names of classes.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function shown(value) {
  const all = { depth: null, maxArrayLength: null, maxStringLength: null, breakLength: Infinity, compact: true }
  return inspect(value, all)
}
