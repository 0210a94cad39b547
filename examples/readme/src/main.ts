// Runs the examples one after the other. What is in `original/` does not know about this file.

import { runTests } from './deno.ts'

console.log('# hello')
await import('./original/hello.ts')

console.log('# bcrypt')
await import('./original/bcrypt.ts')

console.log('# counter')
await import('./original/counter.ts')

console.log('# nested-worker-mutex-locking')
await import('./original/nested-worker-mutex-locking/test.ts')
await runTests()

console.log('# done')
