// @ts-check
// wasm-bindgen's command line tool, in exactly the version of the crate that the compiled code uses.

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ask, BuildError, ROOT, run } from './process.mjs'

const TOOLS = join(ROOT, 'target', 'tools')

/** @typedef {{ path: string, version: string }} Bindgen */

/** The version that Cargo.lock pins; the tool and the crate agree on a format only when they are the same. */
function pinnedVersion() {
  const lock = readFileSync(join(ROOT, 'Cargo.lock'), 'utf8')
  const version = /\[\[package\]\]\r?\nname = "wasm-bindgen"\r?\nversion = "([^"]+)"/.exec(lock)?.[1]
  if (version === undefined) throw new BuildError('Cargo.lock names no `wasm-bindgen`')
  return version
}

/**
 * Finds the tool on the search path or under target/tools, and installs it there when neither has the right version.
 *
 * @param {import('./toolchain.mjs').Toolchain} toolchain
 * @returns {Bindgen}
 */
export function findBindgen(toolchain) {
  const version = pinnedVersion()
  const own = join(TOOLS, 'bin', process.platform === 'win32' ? 'wasm-bindgen.exe' : 'wasm-bindgen')
  for (const path of [own, 'wasm-bindgen']) {
    if (ask(path, ['--version']) === `wasm-bindgen ${version}`) return { path, version }
  }
  console.log(`wasm-bindgen ${version} is not here yet; building it once (a minute or two)`)
  const args = [
    'install',
    '--root',
    TOOLS,
    'wasm-bindgen-cli',
    '--version',
    `=${version}`,
    '--bin',
    'wasm-bindgen',
    '--force',
  ]
  // Its default features are an HTTP client for a test runner that is not used here. Its own lock file is not used
  // either: a registry mirror may not have all of it yet, and the crates that matter are pinned exactly by wasm-bindgen.
  // It runs for a second: to optimise it would take longer than all its runs together.
  run(toolchain.cargo, [...args, '--no-default-features'], {
    env: { ...hostEnv(toolchain), CARGO_PROFILE_RELEASE_OPT_LEVEL: '0' },
  })
  return { path: own, version }
}

/**
 * The tool runs on this machine, so what only the WASM target needs is left out of its environment.
 *
 * @param {import('./toolchain.mjs').Toolchain} toolchain
 * @returns {Record<string, string>}
 */
function hostEnv({ env }) {
  return env['RUSTC'] === undefined ? {} : { RUSTC: env['RUSTC'], PATH: env['PATH'] ?? '' }
}

/**
 * Writes `compiler.js`, `compiler.d.ts` and `compiler_bg.wasm`.
 *
 * @param {Bindgen} cli
 * @param {string} wasm the file that cargo made
 * @param {string} out an empty folder
 */
export function bindgen(cli, wasm, out) {
  if (!existsSync(wasm)) throw new BuildError(`cargo made no \`${wasm}\``)
  // The loaders of the package say where the file is; a path inside the glue would make bundlers copy it unasked.
  const shape = ['--target', 'web', '--out-name', 'compiler', '--omit-default-module-path']
  // The loader replaces an instance that trapped; without this the glue keeps its first instance for ever.
  shape.push('--experimental-reset-state-function')
  run(cli.path, [wasm, '--out-dir', out, ...shape, '--remove-name-section', '--remove-producers-section'])
  // Declares the raw exports, which nobody calls.
  rmSync(join(out, 'compiler_bg.wasm.d.ts'), { force: true })
}
