import { agentName, slotOf } from '../memory/agent.ts'
import { arena } from '../memory/arena.ts'
import { AGENT_LIFE, SLOT_BITS } from '../memory/layout.ts'

/** An agent, for messages: "this thread", "the main thread", "the thread `resize`". */
export function describeAgent(agent: number): string {
  const { words, agent: me } = arena()
  if (agent === me) return 'this thread'
  const isTold = Atomics.load(words, slotOf(agent) + AGENT_LIFE) >>> 2 === agent >>> SLOT_BITS
  const name = isTold ? agentName(words, agent) : ''
  if (name === 'main') return 'the main thread'
  return name === '' ? 'a thread that has ended' : `the thread \`${name}\``
}
