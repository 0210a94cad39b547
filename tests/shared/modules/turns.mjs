// Worker modules of threads that take one lock again and again.

/** Spins, as a section does that computes. */
function work(milliseconds) {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

/**
 * Has the lock until all threads together had it `most` times. `sections` holds that count, then how many have begun, then how often each has had it.
 */
async function takes(lock, { sections, index, threads, most }) {
  Atomics.add(sections, 1, 1)
  while (Atomics.load(sections, 1) < threads) await new Promise((resolve) => setTimeout(resolve))
  while (Atomics.load(sections, 0) < most) {
    const guard = await lock()
    Atomics.add(sections, 0, 1)
    Atomics.add(sections, 2 + index, 1)
    work(3)
    guard.unlock()
  }
}

const runs = {
  blocking: (mutex, task) => () => takes(() => mutex.blockingLock(), task),
  awaiting: (mutex, task) => () => takes(() => mutex.lock(), task),
}

const $run = runs[new URL(import.meta.url).searchParams.get('run')]
export { $run as run }
