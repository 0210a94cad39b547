// @ts-check
// Runs `main` of the module that the first argument names, and writes what came of it to file descriptor 3. Then the process has to end by itself.

import { writeSync } from 'node:fs'
import { inspect } from 'node:util'

const { main } = await import(process.argv[2] ?? '')

/** @type {{ value: string } | { error: string }} */
let outcome
try {
  // More than JSON would tell: undefined, -0, maps, typed arrays and the names of classes.
  outcome = {
    value: inspect(await main(), { depth: null, maxArrayLength: null, maxStringLength: null, breakLength: Infinity }),
  }
} catch (error) {
  outcome = {
    error: error instanceof Error ? `${error.constructor.name}: ${error.message}` : `thrown: ${inspect(error)}`,
  }
}
writeSync(3, JSON.stringify(outcome))
