import { move, parallelMap, spawn, task } from 'experimental-threads'

/** Many items: in order, one after the other, by a task, of an endless source, and with one that fails. */
export async function many(): Promise<unknown> {
  const factor = 3
  const triple = task((n: number) => n * factor)
  const listed = await parallelMap(new Float64Array([1.5, 2.5]), (n) => n * factor)
  const endless = (function* () {
    for (let n = 0; ; n++) yield n
  })()
  const first: number[] = []
  for await (const n of parallelMap(endless, (n) => n * n, { concurrency: 2 })) {
    first.push(n)
    if (first.length === 4) break
  }
  const tasks = await Promise.all([1, 2].map((n) => spawn(move(n), triple)))
  const failed = await parallelMap([1, 2, 3], (n) => {
    if (n === 2) throw new RangeError('not two')
    return n
  }).then(
    () => 'ended',
    (error: unknown) => [(error as Error).name, (error as { itemIndex?: number }).itemIndex],
  )
  return [[...listed], first, tasks, failed]
}
