// @ts-check
// Builds pkg/compiler/wasm from the crate: cargo, wasm-bindgen, wasm-opt, stamp. `npm run build:wasm` is the way in.
//
//   node pkg/compiler/build.mjs              build, always
//   node pkg/compiler/build.mjs --if-stale   build only when the committed files do not match the sources
//
// Which compiler is used is decided in build/toolchain.mjs; WASM_RECIPE=rustup or WASM_RECIPE=debian decides it by hand.

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bindgen, findBindgen } from './build/bindgen.mjs'
import { optimize } from './build/optimize.mjs'
import { refuseAbsolutePaths } from './build/paths.mjs'
import { BuildError, ROOT, run, seconds } from './build/process.mjs'
import { cargoRustflags } from './build/rustflags.mjs'
import { formatStamp, OUTPUTS, sourceHash, STAMP, staleReason, WASM, WASM_DIR } from './build/stamp.mjs'
import { chooseToolchain, TARGET } from './build/toolchain.mjs'

/** Kept between builds; one folder for each recipe, since their compilers differ. */
const CACHE = join(ROOT, 'target', 'wasm')

function build() {
  const started = performance.now()
  // Taken before the build: an edit made while it runs must leave the result stale.
  const source = sourceHash()
  const toolchain = chooseToolchain()
  console.log(`recipe: ${toolchain.recipe} (${toolchain.version})`)

  /** @type {Record<string, string>} */
  const env = { ...toolchain.env, CARGO_TARGET_DIR: join(CACHE, toolchain.recipe) }
  run(toolchain.cargo, ['fetch', '--locked'], { env })
  env['CARGO_ENCODED_RUSTFLAGS'] = cargoRustflags(toolchain)
  // The section that names the features in use must outlive the linker: the next two tools read it.
  env['CARGO_PROFILE_RELEASE_STRIP'] = 'debuginfo'
  const cargoArguments = ['build', '--release', '--locked', '--package', 'experimental-threads-compiler', '--lib']
  run(toolchain.cargo, [...cargoArguments, '--target', TARGET, ...toolchain.cargoFlags], { env })

  // A folder of its own, so that two builds at once cannot mix their files.
  const out = mkdtempSync(join(CACHE, 'out-'))
  try {
    const cli = findBindgen(toolchain)
    bindgen(cli, join(CACHE, toolchain.recipe, TARGET, 'release', 'compiler.wasm'), out)
    const before = statSync(join(out, WASM)).size
    const binaryen = optimize(join(out, WASM))
    refuseAbsolutePaths(OUTPUTS.map((name) => join(out, name)))
    const tools = { rustc: toolchain.version, recipe: toolchain.recipe, 'wasm-bindgen': cli.version, binaryen }
    writeFileSync(join(out, STAMP), formatStamp(out, source, tools))
    mkdirSync(WASM_DIR, { recursive: true })
    for (const name of [...OUTPUTS, STAMP]) copyFileSync(join(out, name), join(WASM_DIR, name))
    report(before, started)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** @param {number} before bytes before wasm-opt @param {number} started */
function report(before, started) {
  const bytes = readFileSync(join(WASM_DIR, WASM))
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
