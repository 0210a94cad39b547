// @ts-check
// The crate without WebAssembly, to compare with.

import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { COMPACT } from '../../pkg/compiler/build/rustflags.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Builds the example that times the crate: as the WebAssembly, but without the pass of the linker over everything, which takes
 * minutes. The first build takes one itself.
 *
 * @returns {((file: string, runs: number) => number) | null} milliseconds for one transform of a file; null where there is no Rust
 */
export function buildNative() {
  const target = join(ROOT, 'target', 'bench')
  const args = ['build', '--release', '--locked', '--quiet', '--example', 'time', '--target-dir', target]
  const settings = ['--config', 'profile.release.lto=false', '--config', 'profile.release.codegen-units=16']
  console.log('building the transform natively; the first time that takes a minute or two')
  const built = spawnSync('cargo', [...args, ...settings], {
    cwd: ROOT,
    env: { ...process.env, CARGO_ENCODED_RUSTFLAGS: COMPACT },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (built.status !== 0) return null
  const example = join(target, 'release', 'examples', 'time')
  return (file, runs) => Number(execFileSync(example, [file, String(runs)], { encoding: 'utf8' })) / 1e6
}
