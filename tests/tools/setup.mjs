// @ts-check
// The front door of all npm scripts: `node tests/tools/setup.mjs <command> [words]`. It needs Node and nothing else; what a
// command needs besides, it installs or names. package.json gives each command its short name: `npm test`, `npm run demo`, …

import { bench } from './bench.mjs'
import { build, buildWasm, installPackages } from './build.mjs'
import { check, fix } from './check.mjs'
import { demo } from './demo.mjs'
import { fuzz } from './fuzz.mjs'
import { fuzzTransform } from './fuzz-transform.mjs'
import { sequences, soak, stress } from './soak.mjs'
import { Failure, seconds } from './step.mjs'
import { matrix } from './matrix.mjs'
import { test } from './test.mjs'

const OLDEST_NODE = [20, 19]

/** @type {Record<string, { about: string, run: (words: string[]) => void | Promise<void> }>} */
const COMMANDS = {
  build: { about: 'install the packages if needed, then compile TypeScript', run: build },
  demo: { about: 'build, then run the examples', run: demo },
  test: { about: 'build, then run every test; `test rust e2e` runs only these parts', run: test },
  matrix: { about: 'build, then run the programs of tests/matrix in every host, which are installed', run: matrix },
  fuzz: { about: 'build, then run generated programs; `fuzz --count 200000 --seed 7`', run: fuzz },
  'fuzz:transform': {
    about: 'look for texts that the transform does not survive; `--seconds 600 --seed 7`',
    run: fuzzTransform,
  },
  soak: { about: 'build, then run threads among failures for a while; `soak --seconds 600 --seed 7`', run: soak },
  stress: {
    about: 'build, then count under one lock in 2 to 16 agents, a million times each; `stress --count 1000000`',
    run: stress,
  },
  sequences: {
    about:
      'build, then compare random sequences on each primitive with a reference; `sequences --count 100000 --seed 7`',
    run: sequences,
  },
  check: { about: 'formatting, lints, types, package contents, file lengths', run: check },
  fix: { about: 'format and repair what the tools can', run: fix },
  bench: { about: 'build, then run the benchmarks; `bench <name>` runs one', run: bench },
  'build:wasm': { about: 'build the compiler’s WebAssembly from Rust', run: buildWasm },
  install: { about: 'install the packages that package-lock.json names', run: () => installPackages() },
}

function usage() {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length))
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`)
  return `usage: node tests/tools/setup.mjs <command>\n\n${lines.join('\n')}`
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  throw new Failure(`Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}`)
}

const [name = '', ...words] = process.argv.slice(2)
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
const started = performance.now()
try {
  if (command === undefined) throw new Failure(usage())
  refuseOldNode()
  await command.run(words)
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(
    command === undefined ? error.message : `\n✗ ${name} failed after ${seconds(started)}: ${error.message}`,
  )
  process.exitCode = 1
}
