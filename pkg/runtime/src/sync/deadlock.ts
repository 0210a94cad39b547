/**
 * Deadlocks: threads in a circle, each of which waits for what the next one holds.
 *
 * Whoever waits notes in the table of agents what it waits for and holds (`agent-notes.ts`). Once a second, while it waits, it follows these notes from holder to
 * holder; if that leads back to itself twice in the same way, it is in a circle. Nobody in it can go on if each of them blocks its thread without a timeout, and if what
 * it waits for can have one holder only. Then one of them, the one with the largest number, stops waiting and throws a `DeadlockError`, which gives back what it
 * holds. Of any other circle a warning is printed after five seconds: a thread that awaits may be about to give something back, by another task, a timer or a message.
 *
 * Names and spawn sites are known to each thread of its own. So who finds itself in a circle writes down what it would say, where the others can read it.
 */

import { slotOf } from '../memory/agent.ts'
import { allocateWords, arena } from '../memory/arena.ts'
import { deadlocked, mayBeDeadlocked } from './deadlock-errors.ts'
import {
  AGENT_HELD,
  AGENT_HELD_COUNT,
  AGENT_HELD_MOST,
  AGENT_LIFE,
  AGENT_SLOTS,
  AGENT_TELLS,
  AGENT_WAITS,
  LINE_WORDS,
  SLOT_BITS,
} from '../memory/layout.ts'
import { isAlive } from './agent-algorithm.ts'
import { describeAgent } from './describe-agent.ts'
import { MUTEX_HOLD, WRITE_HOLD, heldHere } from './held.ts'
import { setVerdict } from './verdict.ts'

/** One thread of a circle. */
interface Link {
  readonly agent: number
  /** Where the words of what it waits for lie. */
  readonly at: number
  /** BLOCKS, ENDS, both, or 0 when its thread may do something else. */
  readonly mode: number
  /** Whether the next thread alone can hold that. */
  exclusive: boolean
}

/** What a thread tells of itself. */
interface Story {
  /** Where its task was spawned. */
  readonly site: string
  /** What it holds: where its words lie, and its name. */
  readonly held: readonly (readonly [at: number, name: string])[]
}

/** How often a thread that waits is to look, in milliseconds. */
export const LOOK_MS = 1000

/** In the note of what an agent waits for, whose lowest bits are free: its thread is blocked; the wait ends by itself some time. */
export const BLOCKS = 1
export const ENDS = 2
const MODES: number = LINE_WORDS - 1

/** After so many looks, a second apart, a circle that must last is an error, and any other is warned of. */
const SURE = 1
const LONG = 5
/** So many looks later, names that are not told yet are not waited for any more. */
const PATIENCE = 3

/** For a story: its agent, its length, and its characters, two in each word. */
const STORY_WORDS = 512
const STORY_HEAD = 2
const NAME_MOST = 80

const warned = new Set<string>()
let lastCircle = ''
let looks = 0

/** A new wait begins: what was seen before it says nothing about it. */
export function beginToLook(): void {
  lastCircle = ''
}

/** Looks for a circle through this thread, which waits. To be called about once a second. */
export function lookForDeadlock(site: string): void {
  const { words, agent } = arena()
  const circle = circleOf(words, agent)
  const name = circle.map((link) => `${link.agent} ${link.at}`).join()
  looks = name === lastCircle ? looks + 1 : 0
  lastCircle = name
  if (circle.length === 0) return
  tell(words, agent, site)
  if (looks < SURE) return
  const stories = circle.map((link) => storyOf(words, link.agent))
  if (stories.includes(undefined) && looks < LONG + PATIENCE) return
  if (circle.every(({ mode, exclusive }) => mode === BLOCKS && exclusive)) {
    if (agent === lastOf(circle)) setVerdict(deadlocked(sentences(circle, stories)))
  } else if (looks >= LONG) {
    // What a thread that is blocked prints is seen when it goes on.
    const speakers = circle.filter(({ mode }) => (mode & BLOCKS) === 0)
    if (agent !== lastOf(speakers.length > 0 ? speakers : circle) || warned.has(name)) return
    warned.add(name)
    console.warn(`R596: ${mayBeDeadlocked(sentences(circle, stories)).message}`)
  }
}

function lastOf(links: readonly Link[]): number {
  return Math.max(...links.map(({ agent }) => agent))
}

/** The circle through `me`, from `me` on; empty when there is none. */
function circleOf(words: Int32Array, me: number): Link[] {
  const links = new Map<number, Link>()
  for (let slot = 1; slot < AGENT_SLOTS; slot++) {
    const life = Atomics.load(words, slotOf(slot) + AGENT_LIFE)
    const waits = Atomics.load(words, slotOf(slot) + AGENT_WAITS)
    const agent = ((life >>> 2) << SLOT_BITS) | slot
    if (waits === 0 || !isAlive(words, agent)) continue
    links.set(agent, { agent, at: waits & ~MODES, mode: waits & MODES, exclusive: false })
  }
  const path: Link[] = []
  const seen = new Set<number>()
  const leadsBack = (agent: number): boolean => {
    const link = links.get(agent)
    if (link === undefined || seen.has(agent)) return false
    seen.add(agent)
    path.push(link)
    for (const holder of links.keys()) {
      const note = noteOf(words, holder, link.at)
      if (note === 0) continue
      link.exclusive = isOwner(words, link.at, holder, note & MODES)
      if (holder === me || leadsBack(holder)) return true
    }
    path.pop()
    return false
  }
  return leadsBack(me) ? path : []
}

/** What an agent that waits has noted of holding this: where it lies, with the way of holding it in the lowest bits; 0 when nothing. */
function noteOf(words: Int32Array, agent: number, at: number): number {
  const slot = slotOf(agent)
  const count = Math.min(Atomics.load(words, slot + AGENT_HELD_COUNT), AGENT_HELD_MOST)
  for (let index = 0; index < count; index++) {
    const note = Atomics.load(words, slot + AGENT_HELD + index)
    if ((note & ~MODES) === at) return note
  }
  return 0
}

/** Whether the words of what is held in this way name the agent as its one owner now. */
function isOwner(words: Int32Array, at: number, agent: number, way: number): boolean {
  const word = Atomics.load(words, at)
  if (way === MUTEX_HOLD) return word >>> 3 === agent
  return way === WRITE_HOLD && word >>> 4 === agent && (word & 8) !== 0
}

/** Writes down what this thread holds and where its task was spawned. */
function tell(words: Int32Array, agent: number, site: string): void {
  const slot = slotOf(agent)
  let at = Atomics.load(words, slot + AGENT_TELLS)
  if (at === 0) {
    at = allocateWords(STORY_WORDS)
    Atomics.store(words, slot + AGENT_TELLS, at)
  }
  const held = heldHere().map(({ heldAt, heldName }) => [heldAt, heldName.slice(0, NAME_MOST)] as const)
  let text = ''
  do text = JSON.stringify({ site: site.slice(0, NAME_MOST), held } satisfies Story)
  while (text.length > (STORY_WORDS - STORY_HEAD) * 2 && held.shift() !== undefined)
  Atomics.store(words, at + 1, 0)
  for (let index = 0; index < text.length; index += 2)
    Atomics.store(words, at + STORY_HEAD + index / 2, text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16))
  Atomics.store(words, at, agent)
  Atomics.store(words, at + 1, text.length)
}

/** What an agent has told; undefined when it has not. */
function storyOf(words: Int32Array, agent: number): Story | undefined {
  const at = Atomics.load(words, slotOf(agent) + AGENT_TELLS)
  if (at === 0 || Atomics.load(words, at) !== agent) return undefined
  const length = Atomics.load(words, at + 1)
  let text = ''
  for (let index = 0; index < length; index++) {
    const pair = Atomics.load(words, at + STORY_HEAD + (index >> 1))
    text += String.fromCharCode((index & 1) === 0 ? pair & 0xffff : pair >>> 16)
  }
  try {
    return JSON.parse(text) as Story
  } catch {
    // It is being written.
    return undefined
  }
}

function sentences(circle: readonly Link[], stories: readonly (Story | undefined)[]): string {
  const who = (index: number): string => {
    const { site } = stories[index] ?? { site: '' }
    return describeAgent(circle[index]!.agent) + (site === '' ? '' : `, spawned at ${site},`)
  }
  return circle
    .map(({ at }, index) => {
      const next = (index + 1) % circle.length
      const [, name = 'something'] = stories[next]?.held.find(([place]) => place === at) ?? []
      return `${who(index)} waits for ${name}, which ${describeAgent(circle[next]!.agent)} holds`
    })
    .join('; ')
}
