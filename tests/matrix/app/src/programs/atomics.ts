import { AtomicCounter, AtomicFlag, spawn } from 'experimental-threads'

const steps = new AtomicCounter(10)
const begin = new AtomicFlag()

/** Counts and flags of the module, and one that is made here. */
export async function atomics(): Promise<unknown> {
  const mine = new AtomicCounter()
  const walks = [1, 2, 3].map((n) =>
    spawn(async () => {
      if (!begin.load()) await begin.wait(false)
      steps.add(n)
      mine.sub()
      steps.notify()
    }),
  )
  const wasSet = begin.set()
  begin.notify()
  for (let seen = steps.load(); seen < 16; seen = await steps.wait(seen)) continue
  await Promise.all(walks)
  return [wasSet, steps.exchange(0), mine.load(), begin.compareExchange(true, false)]
}
