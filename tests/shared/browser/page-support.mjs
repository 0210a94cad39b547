// What pages of these tests have in common.

import { $boot, $spawn } from 'experimental-threads/internal'

$boot('/boot.js')

/** Runs one closure of a served module of `modules/`, as generated code does. */
export const starter =
  (module) =>
  (name, captures, blocks = false) =>
    $spawn(
      {
        p: 1,
        load: `/${module}.js?run=${name}`,
        name,
        at: 'src/a.ts:1:1',
        captures: captures.map((_, index) => `c${index}`),
        blocks,
      },
      null,
      undefined,
      captures,
    )

/** Resolves once `cells[index]` has reached `value`. */
export async function reaches(cells, index, value) {
  for (let now = Atomics.load(cells, index); now < value; now = Atomics.load(cells, index))
    await Atomics.waitAsync(cells, index, now).value
}

export const words = (count) => new Int32Array(new SharedArrayBuffer(4 * count))

/** The code of what is thrown or rejected; undefined when nothing is. */
export async function codeOf(operation) {
  try {
    await operation()
  } catch (error) {
    return error.code
  }
}
