// The models in spin/, checked by SPIN, a tool that shares nothing with the explorer. They are written after the description of the algorithms, so that a mistake in our
// reading of the text, in the compiler or in the explorer is not made twice.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

import { hasSpin, HOW_TO_GET_SPIN } from '../tools/spin.mjs'
import { count, table, total } from './report.ts'

interface Checked {
  readonly states: number
  /** What SPIN found; undefined when it visited everything and found nothing. */
  readonly fault: string | undefined
}

/** Each model with the settings in which it is right. */
const MODELS: Record<string, readonly string[][]> = {
  channel: [
    ['SENDERS=2', 'ROUNDS=1', 'CRASHES=1'],
    ['N=2', 'ROUNDS=3', 'CRASHES=2'],
    ['ROUNDS=1', 'CLOSES=1'],
    ['N=4', 'SENDERS=2', 'SLOTS=2', 'ROUNDS=1', 'STAY=1'],
  ],
  mutex: [['CRASHES=1'], ['N=2', 'ROUNDS=2', 'CRASHES=2']],
  rwlock: [['KINDS=1', 'CRASHES=1'], ['KINDS=3']],
  semaphore: [['CRASHES=0'], ['CRASHES=2']],
}

const folder = mkdtempSync(join(tmpdir(), 'spin-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pathOf = (model: string): string => new URL(`./spin/${model}.pml`, import.meta.url).pathname

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed\n${stdout}${stderr}`)
  return stdout
}

/** Visits all states of a model with these settings. */
function check(model: string, settings: readonly string[]): Checked {
  if (!hasSpin()) throw new Error(HOW_TO_GET_SPIN)
  run('spin', [...settings.map((setting) => `-D${setting}`), '-a', pathOf(model)])
  // A planted defect is found soon, so that the compiler takes longer than the search. More than -Og takes it longer than it saves in any search.
  const level = settings.some((setting) => setting.startsWith('DEFECT')) ? '-O0' : '-Og'
  run('gcc', [level, '-w', '-DSAFETY', '-DCOLLAPSE', '-DVECTORSZ=2048', '-DMEMLIM=3000', '-o', 'pan', 'pan.c'])
  const told = run('./pan', ['-m1000000', '-w22'])
  const states = Number(/^\s*(\d+) states, stored/m.exec(told)?.[1])
  const [, errors] = /errors: (\d+)/.exec(told) ?? []
  const fault = /^pan:1: (.*)/m.exec(told)?.[1]
  if (fault === undefined && (errors !== '0' || told.includes('Search not completed'))) throw new Error(told)
  return { states, fault }
}

/** The numbered defects in the head of a model, with their settings. */
function defectsOf(model: string): { number: string; name: string; settings: string[] }[] {
  const lines = readFileSync(pathOf(model), 'utf8').matchAll(/^ \* {3}(\d+) {2}(.*?) \(([\w= ]+)\)$/gm)
  return [...lines].map(([, number, name, settings]) => ({
    number: number!,
    name: name!,
    settings: settings!.split(' '),
  }))
}

for (const [model, settings] of Object.entries(MODELS)) {
  describe(`${model}, as a SPIN model`, () => {
    const lines: [string, string][] = []
    let sum = 0
    for (const setting of settings) {
      test(`is right with ${setting.join(', ')}`, () => {
        const { states, fault } = check(model, setting)
        sum += states
        lines.push([count(states), `${setting.join(' ')}: no error`])
        expect(fault).toBeUndefined()
      })
    }
    const defects = defectsOf(model)
    for (const { number, name, settings: setting } of defects) {
      test(`${name}: found`, () => {
        const { states, fault } = check(model, [...setting, `DEFECT=${number}`])
        expect(fault).toBeDefined()
        lines.push([count(states), `${name}: ${fault}`])
      })
    }
    test('has planted defects', () => expect(defects.length).toBeGreaterThanOrEqual(5))
    afterAll(() => {
      table(`${model}: states that SPIN stored`, lines)
      total(
        `${model}: ${count(sum)} states in SPIN, ${lines.length - settings.length} of ${defects.length} defects caught`,
      )
    })
  })
}
