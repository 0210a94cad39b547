// @ts-check
// Makes a copy of the built runtime in which a thread can be stopped before any step on shared memory of any algorithm, so that a test can end it right there.
//
// Each `Atomics.x(` of a `*-algorithm.js` becomes `$at(n).x(`, where n is a point of the program: "mutex takeOrMark 2" is the second step in that function. What ships
// has none of this.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What the steps call. A thread that was told a point stops there for good, and says so. */
const CRASH_POINT = `let plan = null

/** From now on this thread stops at the point that \`words[0]\` names, when it has passed it \`words[2]\` times. Then \`words[1]\` becomes 1. */
export function armCrash(words) {
  plan = words
}

export function $at(point) {
  if (plan !== null && Atomics.load(plan, 0) === point && Atomics.sub(plan, 2, 1) <= 0) {
    Atomics.store(plan, 1, 1)
    Atomics.notify(plan, 1)
    for (;;) Atomics.wait(plan, 3, 0)
  }
  return Atomics
}
`

/** A step of an algorithm. Its number in the instrumented text is its place in the list, from 1 on. */
/** @typedef {{ algorithm: string, name: string }} CrashPoint */

/**
 * Writes the instrumented runtime and the programs that use it to `target/crash-points`.
 *
 * @returns {{ folder: string, points: CrashPoint[] }} where the programs are, and all points in a fixed order
 */
export function makeCrashPoints() {
  const folder = join(ROOT, 'target', 'crash-points')
  const copy = join(folder, 'node_modules', 'experimental-threads')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  const runtime = join(ROOT, 'pkg', 'runtime')
  cpSync(join(runtime, 'package.json'), join(copy, 'package.json'))
  cpSync(join(runtime, 'dist'), join(copy, 'dist'), {
    recursive: true,
    filter: (path) => !/\.d\.ts$|\.map$/.test(path),
  })
  cpSync(join(ROOT, 'tests', 'shared', 'crash'), folder, { recursive: true })
  const sync = join(copy, 'dist', 'sync')
  writeFileSync(join(sync, 'crash-point.js'), CRASH_POINT)
  /** @type {CrashPoint[]} */
  const points = []
  for (const file of readdirSync(sync).toSorted()) {
    if (!file.endsWith('-algorithm.js')) continue
    const algorithm = file.replace('-algorithm.js', '')
    const text = readFileSync(join(sync, file), 'utf8')
    writeFileSync(join(sync, file), `import { $at } from './crash-point.js'\n${instrument(algorithm, text, points)}`)
  }
  return { folder, points }
}

/** @param {string} algorithm @param {string} text @param {CrashPoint[]} points */
function instrument(algorithm, text, points) {
  let current = ''
  let steps = 0
  return text.replace(
    /^(?:export )?(?:async )?function (\w+)|(?<!\* .*)\bAtomics\.(\w+)\(/gm,
    (all, name, operation) => {
      if (operation === undefined) {
        current = name
        steps = 0
        return all
      }
      points.push({ algorithm, name: `${current} ${++steps}` })
      return `$at(${points.length}).${operation}(`
    },
  )
}
