// Directed kills: a thread that uses a primitive is stopped before one step of the algorithm and ended there, for every step that a thread can come to. The others, who use
// the same primitive all the time, must go on, and what they count must come out. Random kills would not find the places that matter.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { makeCrashPoints } from '../tools/crash-points.mjs'
import { inBrowsers } from './browser/site.ts'

/** The algorithms that a primitive is made of. */
const KINDS: Record<string, readonly string[]> = {
  mutex: ['mutex', 'agent'],
  semaphore: ['semaphore'],
  rwlock: ['rwlock', 'roster'],
  condvar: ['condvar'],
  once: ['once'],
  'wait-group': ['wait-group'],
  barrier: ['barrier'],
  atomic: ['atomic'],
  channel: ['channel', 'holders', 'page'],
}

/** What no thread of these programs comes to: only a host announces deaths, and only they who find something of the dead clear it away. */
const ELSEWHERE =
  /^(claimAgent|announceDeath|freeSlot|wakeEverybody|someoneMissed|forfeit\w*|victimOf|whoDied|clearPoison|poison|inherit|takeOver|takeApart|reset|putOnWay|takeFromWay|revoke\w*|close|joinHolders|takeOffWay|freeOwned|join|enlist|setParties|arrivedAt|isBroken|doer|isMarked|whoWrites|ownerOf) /

/** A thread comes to these once: a barrier breaks for all who meet there. */
const ONCE = /^(giveUp|breakAt) /

const { folder, points } = makeCrashPoints()

type Kill = readonly [kind: string, point: number, passes: number]

interface Outcome {
  readonly kill: Kill
  readonly died: boolean
  readonly faults: readonly string[]
}

/** Every so many points; the others come with `CRASH_POINTS=all`, which takes minutes. */
const EVERY = process.env['CRASH_POINTS'] === 'all' ? 1 : 2

/** A kill for points of the algorithms of a primitive, some the second or third time that the thread comes by. */
function killsOf(kind: string, every = EVERY): Kill[] {
  const all = points.flatMap(({ algorithm, name }, index) =>
    KINDS[kind]!.includes(algorithm) && !ELSEWHERE.test(name)
      ? [[kind, index + 1, ONCE.test(name) ? 0 : index % 3] as const]
      : [],
  )
  return all.filter((_, index) => index % every === 0)
}

const nameOf = ([, point]: Kill): string => `${points[point - 1]!.algorithm}: ${points[point - 1]!.name}`

/** Prints what came of the kills, and fails for each survivor that did not go on, and when too few threads came to their points. */
function judge(title: string, outcomes: readonly Outcome[]): void {
  const killed = outcomes.filter(({ died }) => died)
  const missed = outcomes.filter(({ died }) => !died).map(({ kill }) => nameOf(kill))
  console.log(
    `${title}: ${killed.length} threads ended at ${outcomes.length} points${missed.length > 0 ? `; nobody came to ${missed.join(', ')}` : ''}`,
  )
  const faults = outcomes.flatMap(({ kill, faults: found }) => found.map((fault) => `${nameOf(kill)}: ${fault}`))
  expect(faults).toEqual([])
  // Some steps are for a moment that need not come.
  expect(killed.length).toBeGreaterThan(outcomes.length * 0.6)
}

describe('in Node', () => {
  for (const kind of Object.keys(KINDS)) {
    it(`${kind}: others go on, wherever a thread is ended`, { timeout: 240_000 }, async () => {
      const kills = JSON.stringify(killsOf(kind))
      const { stdout } = await promisify(execFile)(process.execPath, [`${folder}/directed.mjs`, kills])
      judge(`${kind} in Node`, JSON.parse(stdout) as Outcome[])
    })
  }
})

// Chromium takes two seconds to end a thread that is stopped, so that a browser gets every sixteenth point.
inBrowsers(
  ['page', 'boot', 'closures'].map((name) => `${name}.mjs`),
  (open, browser) => {
    it('others go on, wherever a thread is ended', { timeout: 240_000 }, async () => {
      const kills = Object.keys(KINDS).flatMap((kind) => killsOf(kind, 16))
      const page = await open()
      const outcomes = await page.evaluate<string>(`kills(${JSON.stringify(kills)}, 6)`)
      await page.close()
      judge(`all in ${browser}`, JSON.parse(outcomes) as Outcome[])
    })
  },
  `${folder}/`,
)
