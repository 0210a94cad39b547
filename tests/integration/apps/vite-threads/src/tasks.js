import { move, parallelMap, spawn, task, threadName } from 'experimental-threads'

let k = 3

// Starts itself.
const fib = task(async (n) => {
  if (n < 2) return n
  const [a, b] = await Promise.all([spawn(move(n - 1), fib), spawn(move(n - 2), fib)])
  return a + b
})

async function nameOf(job) {
  return spawn(job, { name: 'given' })
}

async function indexOfFailure() {
  try {
    await parallelMap([1, 2, 3], (n) => {
      if (n === 2) throw new RangeError('two')
      return n
    })
  } catch (error) {
    return [error.name, error.itemIndex]
  }
}

export async function runTasks() {
  const job = task((x) => x + k)
  k = 100
  const own = task(() => threadName)
  const items = Array.from({ length: 100 }, (_, at) => at)
  const mapped = await parallelMap(items, (n) => n * k)
  return {
    kept: [await spawn(move(10), job), await spawn(() => spawn(move(11), job))],
    fib: await spawn(move(6), fib),
    name: await nameOf(own),
    mapped: mapped.every((value, at) => value === at * 100) && mapped.length,
    failed: await indexOfFailure(),
  }
}
