// @ts-check
// Keeps the machine out of the built files.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { BuildError, ROOT } from './process.mjs'

/**
 * @param {readonly string[]} files
 * @throws {BuildError} when one holds an absolute path of the machine that built it
 */
export function refuseAbsolutePaths(files) {
  const places = [ROOT, homedir(), process.env['CARGO_HOME'], process.env['RUSTUP_HOME'], '/usr/src', '/usr/lib']
  const forbidden = [...new Set(places)].filter((place) => place !== undefined && place.length > 1)
  for (const file of files) {
    const text = readFileSync(file).toString('latin1')
    for (const place of forbidden) {
      const at = text.indexOf(`${place}/`)
      if (at === -1) continue
      const shown = text.slice(at, at + 100).replace(/[^\x20-\x7e].*/s, '')
      throw new BuildError(`\`${file}\` holds the absolute path \`${shown}\`; add its folder to build/rustflags.mjs`)
    }
  }
}
