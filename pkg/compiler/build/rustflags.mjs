// @ts-check
// Compiler flags of every WASM build, whichever recipe is taken.

import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './process.mjs'

/** The shadow stack, in bytes. Syntax nests deeper than the default megabyte holds. */
export const STACK_BYTES = 8 * 1024 * 1024

/**
 * Nobody ever sees what Rust would print: a panic ends as a trap without its text. So nothing is formatted for programmers, and
 * panics carry no places. That is a twentieth of the compressed file. Both flags need `RUSTC_BOOTSTRAP`.
 */
export const SILENT = ['-Zfmt-debug=none', '-Zlocation-detail=none']

/**
 * Functions with type parameters are compiled once, in the first crate that uses them. Otherwise the parser is in the file twice: what
 * is never inlined is always taken from the crate of the parser, with all that it calls, and the rest is compiled anew in ours.
 * That is a tenth of the file. Needs `RUSTC_BOOTSTRAP`.
 */
export const SHARED = '-Zshare-generics=yes'

/**
 * The profile optimises for speed, which alone would make the file half as large again: only short functions are copied into one
 * another, as many as the bar for the compressed file has room for, and loops stay loops. Engines seldom inline in WebAssembly: with a
 * threshold of 10 a small file takes about a fifth longer, and the file is 7 % smaller.
 */
export const COMPACT = '-Cllvm-args=-inline-threshold=90 -unroll-threshold=8 -unroll-runtime=false'

/**
 * The value of `CARGO_ENCODED_RUSTFLAGS`. Source paths end up in panic messages, so each folder that holds sources
 * is given a name that is the same on every machine.
 *
 * @param {{ sysroot: string }} toolchain
 */
export function cargoRustflags({ sysroot }) {
  const renamed = new Map([[ROOT, '.']])
  const registry = join(process.env['CARGO_HOME'] ?? join(homedir(), '.cargo'), 'registry', 'src')
  for (const index of existsSync(registry) ? readdirSync(registry) : []) renamed.set(join(registry, index), 'crates')
  const library = join(sysroot, 'lib', 'rustlib', 'src', 'rust')
  if (existsSync(library)) {
    renamed.set(library, 'rust')
    renamed.set(realpathSync(library), 'rust')
  }
  const flags = [...renamed].map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
  flags.push('-Clink-arg=-zstack-size=' + STACK_BYTES, COMPACT, SHARED, ...SILENT)
  return flags.join('\u001f')
}
