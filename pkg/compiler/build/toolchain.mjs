// @ts-check
// Decides with which Rust compiler the WASM is built.
//
//   recipe   when                                               standard library
//   rustup   the target is installed, or rustup can add it       the toolchain's own
//   debian   Debian's rustc-web, cargo-web, rust-web-src exist   built here from source (about 2 minutes, once)
//
// The second exists for machines whose network reaches package registries only, where rustup cannot fetch anything.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ask, BuildError, run } from './process.mjs'

/** The target triple of every build. */
export const TARGET = 'wasm32-unknown-unknown'

/** Lets the stable compiler take the flags of rustflags.mjs that are not stable yet; they change what is left out, not what is made. */
const UNSTABLE = { RUSTC_BOOTSTRAP: '1' }

/** How long rustup may try to fetch the target before the other recipe is taken, in milliseconds. */
const ADD_TARGET_LIMIT = 120_000

/**
 * @typedef {object} Toolchain
 * @property {'rustup' | 'debian'} recipe
 * @property {string} version what `rustc --version` prints
 * @property {string} cargo
 * @property {readonly string[]} cargoFlags
 * @property {Record<string, string>} env
 * @property {string} sysroot
 */

/**
 * @returns {Toolchain}
 * @throws {BuildError} when neither recipe can work, naming both ways out
 */
export function chooseToolchain() {
  const wanted = process.env['WASM_RECIPE']
  if (wanted !== undefined && wanted !== 'rustup' && wanted !== 'debian') {
    throw new BuildError(`WASM_RECIPE must be \`rustup\` or \`debian\`, not \`${wanted}\``)
  }
  const chosen = (wanted !== 'debian' && rustupToolchain()) || (wanted !== 'rustup' && debianToolchain())
  if (chosen) return chosen
  throw new BuildError(
    'no Rust compiler here can build for WebAssembly: run `rustup target add wasm32-unknown-unknown`, ' +
      'or on Debian `apt-get install rustc-web cargo-web rust-web-src lld-22`',
  )
}

/** @returns {Toolchain | null} */
function rustupToolchain() {
  const sysroot = ask('rustc', ['--print', 'sysroot'])
  if (sysroot === null || ask('cargo', ['--version']) === null) return null
  const library = join(sysroot, 'lib', 'rustlib', TARGET, 'lib')
  if (!existsSync(library) && !addTarget(library)) return null
  const version = ask('rustc', ['--version']) ?? ''
  return { recipe: 'rustup', version, cargo: 'cargo', cargoFlags: [], env: UNSTABLE, sysroot }
}

/** @param {string} library the folder that exists once the target is there */
function addTarget(library) {
  if (ask('rustup', ['--version']) === null) return false
  try {
    run('rustup', ['target', 'add', TARGET], { timeout: ADD_TARGET_LIMIT })
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    console.log('rustup cannot add the target here; looking for Debian’s compiler')
    return false
  }
  return existsSync(library)
}

/** @returns {Toolchain | null} */
function debianToolchain() {
  const rustc = '/usr/bin/rustc'
  const cargo = '/usr/bin/cargo'
  const sources = '/usr/lib/rustlib/src/rust/library/std/Cargo.toml'
  if (![rustc, cargo, sources].every((path) => existsSync(path))) return null
  const version = ask(rustc, ['--version'])
  if (version === null) return null
  const env = {
    // Building the standard library is a nightly feature of cargo too; the compiler itself is the stable one.
    ...UNSTABLE,
    RUSTC: rustc,
    PATH: `/usr/bin:${process.env['PATH'] ?? ''}`,
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: findRustLld(),
  }
  return { recipe: 'debian', version, cargo, cargoFlags: ['-Zbuild-std=std,panic_abort'], env, sysroot: '/usr' }
}

/**
 * A linker file called `rust-lld`: rustc takes that name as the sign that `-flavor wasm` is understood, and the
 * `wasm-ld` wrapper beside it refuses the flag.
 */
function findRustLld() {
  const candidates = ['/usr/bin/rust-lld']
  const toolchains = join(process.env['RUSTUP_HOME'] ?? join(process.env['HOME'] ?? '/', '.rustup'), 'toolchains')
  for (const toolchain of existsSync(toolchains) ? readdirSync(toolchains).sort().reverse() : []) {
    const rustlib = join(toolchains, toolchain, 'lib', 'rustlib')
    for (const host of existsSync(rustlib) ? readdirSync(rustlib) : []) {
      candidates.push(join(rustlib, host, 'bin', 'rust-lld'))
    }
  }
  // `/usr/bin/rust-lld` may be a link whose target is in a package that is not installed; existsSync follows it.
  const found = candidates.find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new BuildError('no `rust-lld` was found: install the Debian package lld-22, or a Rust toolchain by rustup')
}
