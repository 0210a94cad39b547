// @ts-check
// Builds pkg/compiler/wasm from the crate: cargo, wasm-bindgen, wasm-opt, stamp. `npm run build:wasm` is the way in.
//
//   node pkg/compiler/build.mjs              build, always
//   node pkg/compiler/build.mjs --if-stale   build only when the committed files do not match the sources
//
// Which compiler is used is decided in build/toolchain.mjs; WASM_RECIPE=rustup or WASM_RECIPE=debian decides it by hand.

import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bindgen, findBindgen } from './build/bindgen.mjs'
import { optimize } from './build/optimize.mjs'
import { refuseAbsolutePaths } from './build/paths.mjs'
import { BuildError, ROOT, run, seconds } from './build/process.mjs'
import { cargoRustflags } from './build/rustflags.mjs'
import { formatStamp, OUTPUTS, sourceHash, staleReason, WASM_DIR } from './build/stamp.mjs'
import { chooseToolchain, TARGET } from './build/toolchain.mjs'

const TARGET_DIR = join(ROOT, 'target', 'wasm')

function build() {
  const started = performance.now()
  // Taken before the build: an edit made while it runs must leave the result stale.
  const source = sourceHash()
  const toolchain = chooseToolchain()
  console.log(`recipe: ${toolchain.recipe} (${toolchain.version})`)

  /** @type {Record<string, string>} */
  const env = { ...toolchain.env, CARGO_TARGET_DIR: TARGET_DIR }
  run(toolchain.cargo, ['fetch', '--locked'], { env })
  env['CARGO_ENCODED_RUSTFLAGS'] = cargoRustflags(toolchain)
  const cargoArguments = ['build', '--release', '--locked', '--package', 'experimental-threads-compiler', '--lib']
  run(toolchain.cargo, [...cargoArguments, '--target', TARGET, ...toolchain.cargoFlags], { env })

  const out = join(TARGET_DIR, 'out')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const cli = findBindgen(toolchain)
  bindgen(cli, join(TARGET_DIR, TARGET, 'release', 'compiler.wasm'), out)
  const wasm = join(out, 'compiler_bg.wasm')
  const before = statSync(wasm).size
  const binaryen = optimize(wasm)
  refuseAbsolutePaths(OUTPUTS.map((name) => join(out, name)))

  mkdirSync(WASM_DIR, { recursive: true })
  for (const name of OUTPUTS) copyFileSync(join(out, name), join(WASM_DIR, name))
  const tools = { rustc: toolchain.version, recipe: toolchain.recipe, 'wasm-bindgen': cli.version, binaryen }
  writeFileSync(join(WASM_DIR, 'stamp.json'), formatStamp(source, tools))

  const bytes = readFileSync(wasm)
  console.log(
    `pkg/compiler/wasm: ${kilobytes(bytes.length)} (${kilobytes(before)} before wasm-opt), ` +
      `${kilobytes(gzipSync(bytes, { level: 9 }).length)} gzipped, built in ${seconds(started)}`,
  )
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(0)} KiB`
}

try {
  const reason = process.argv.includes('--if-stale') ? staleReason() : 'asked to build'
  if (reason === null) console.log('pkg/compiler/wasm matches its sources; nothing to build')
  else build()
} catch (error) {
  if (!(error instanceof BuildError)) throw error
  console.error(`\nbuild:wasm failed: ${error.message}`)
  process.exitCode = 1
}
