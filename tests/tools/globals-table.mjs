/** Writes crate/src/known-globals.txt: names that are not unknown, though no file declares them. Run it when `globals` is updated. */

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import globals from 'globals'

// `require` and its kin are missing on purpose: the files that are transformed are modules.
const ENVIRONMENTS = [
  'audioWorklet',
  'browser',
  'builtin',
  'bunBuiltin',
  'denoBuiltin',
  'nodeBuiltin',
  'paintWorklet',
  'serviceworker',
  'shared-node-browser',
  'sharedWorker',
  'worker',
]

/** Families that the transform knows by their beginning: `KNOWN_FAMILIES` in crate/src/warnings.rs. */
const FAMILIES =
  /^(CSS|Font|GPU|HTML|IDB|Media|Performance|RTC|SVG|WebGL|XML|Web|[_$])|^[^a-z]*$|^on(?!(?:Line|line)$)[a-z]+$/

const names = new Set(ENVIRONMENTS.flatMap((environment) => Object.keys(globals[environment])))
const table = [...names].filter((name) => !FAMILIES.test(name)).sort()
const file = fileURLToPath(new URL('../../crate/src/known-globals.txt', import.meta.url))
writeFileSync(file, `${table.join('\n')}\n`)
process.stdout.write(`${table.length} names\n`)
