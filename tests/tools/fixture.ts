/** Reads the folders of tests/fixtures; tests/fixtures/README.md says what is in one. */

import { readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { TransformOptions } from '@experimental-threads/compiler'
import { checkOptions } from '@experimental-threads/compiler/plugin-core'

const ROOT = fileURLToPath(new URL('../fixtures', import.meta.url))
const INPUT = /^input\.[mc]?[jt]sx?$/

/** `case.json`. */
export interface Case {
  /** Numbers of the acceptance list that this fixture shows */
  cases: number[]
  /** Options of the transform; the callbacks and the file name are the runner's own */
  options: Pick<TransformOptions, 'lang' | 'jsx' | 'importSource' | 'dev'>
  /** Whether `main` is run. Default: true when there is no error */
  run: boolean
  /** Whether threads must give what running each closure in place gives. Default: true */
  plainEqual: boolean
  /** What threads must give, as JSON; required where `plainEqual` is false */
  expected?: unknown
  /** What `main` must reject with: `<class>: <message>` */
  rejects?: string
  /** Codes of the errors of `input`, in source order; other files have none */
  errors: string[]
  /** Codes of the warnings, likewise */
  warnings: string[]
}

export interface Fixture extends Case {
  /** `<area>/<behaviour>` */
  name: string
  folder: string
  /** Base name of the file that exports `main` */
  input: string
}

const KEYS = ['cases', 'options', 'run', 'plainEqual', 'expected', 'rejects', 'errors', 'warnings']

/** All fixtures, sorted by name. */
export function fixtures(): Fixture[] {
  const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).map((path) => join(ROOT, path))
  return files
    .filter((path) => INPUT.test(basename(path)))
    .map(readFixture)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function readFixture(input: string): Fixture {
  const folder = dirname(input)
  const name = relative(ROOT, folder).split(sep).join('/')
  const given = readCase(folder)
  checkOptions(given, KEYS, `fixtures/${name}/case.json`)
  const errors = given.errors ?? []
  const fixture = {
    cases: [],
    options: {},
    run: errors.length === 0,
    plainEqual: true,
    warnings: [],
    ...given,
    errors,
    name,
    folder,
    input: basename(input),
  }
  if (fixture.run && !fixture.plainEqual && !('expected' in given) && given.rejects === undefined) {
    throw new TypeError(`fixtures/${name}/case.json: say with "expected" or "rejects" what threads must give`)
  }
  return fixture
}

function readCase(folder: string): Partial<Case> {
  const path = join(folder, 'case.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
  return JSON.parse(text) as Partial<Case>
}
