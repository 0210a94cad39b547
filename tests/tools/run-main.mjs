// @ts-check
// Runs `main` of the module that the first argument names, and writes what came of it to file descriptor 3. Then the process
// has to end by itself.

import { writeSync } from 'node:fs'
import { shown } from './shown.mjs'

const { main } = await import(process.argv[2] ?? '')

/** @type {{ value: string } | { error: string }} */
let outcome
try {
  outcome = { value: shown(await main()) }
} catch (error) {
  outcome = {
    error: error instanceof Error ? `${error.constructor.name}: ${error.message}` : `thrown: ${shown(error)}`,
  }
}
writeSync(3, JSON.stringify(outcome))
