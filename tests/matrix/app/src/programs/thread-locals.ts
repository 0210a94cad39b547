import { spawn, threadLocal } from 'experimental-threads'

const seen = threadLocal(() => new Map<string, number>([['made', 1]]))

/** What a thread puts into its own value is there for it, and nobody else sees it. */
export async function threadLocals(): Promise<unknown> {
  seen.value.set('main', 1)
  const there = await spawn(() => {
    seen.value.set('thread', 1)
    return [...seen.value.keys()]
  })
  return [there, [...seen.value.keys()]]
}
