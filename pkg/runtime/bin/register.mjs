// @ts-check
// `node --import experimental-threads/register app.ts`: closures are lifted while Node loads modules. The work is the compiler's.

import { findCompiler } from './find-compiler.mjs'

const compiler = findCompiler('register')
if (compiler === null) {
  throw new Error('experimental-threads/register needs the compiler: npm install @experimental-threads/compiler')
}
await import(compiler)
