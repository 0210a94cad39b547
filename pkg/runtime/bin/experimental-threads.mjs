#!/usr/bin/env node
// @ts-check
// `npx experimental-threads …`. The work is the compiler's.

import { findCompiler } from './find-compiler.mjs'

const compiler = findCompiler('cli')
if (compiler === null) {
  console.error(
    'experimental-threads: this command needs the compiler: npm install --save-dev vite-plugin-experimental-threads (or esbuild-plugin-experimental-threads); for experimental-threads/register: npm install @experimental-threads/compiler',
  )
  process.exitCode = 1
} else {
  /** @type {typeof import('@experimental-threads/compiler/cli')} */
  const { run } = await import(compiler)
  process.exitCode = run(process.argv.slice(2))
}
