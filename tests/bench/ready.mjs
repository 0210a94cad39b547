// @ts-check
// Prints how many milliseconds the first transform of a process takes: reading, compiling and starting the WebAssembly too.

import { transform } from '@experimental-threads/compiler'

const start = performance.now()
transform("import { spawn } from 'experimental-threads'; spawn(() => 1)", {
  filename: 'bench@1.0.0/src/a.ts',
  reference: () => '""',
  specifier: () => '',
})
console.log(performance.now() - start)
