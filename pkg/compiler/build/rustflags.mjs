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
 * The profile optimises for speed, which alone would make the file half as large again: functions are copied into one another only
 * where that makes less code, and loops stay loops.
 */
export const COMPACT = '-Cllvm-args=-inline-threshold=10 -unroll-threshold=8 -unroll-runtime=false'

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
  flags.push('-Clink-arg=-zstack-size=' + STACK_BYTES, COMPACT, ...SILENT)
  return flags.join('\u001f')
}
