import { AtomicCounter, Lazy, Once, spawn } from 'experimental-threads'

const calls = new AtomicCounter()
const start = new Once()
const settings = new Lazy(() => ({ made: calls.add(), names: new Map([['é', 1]]) }))
const memory = new Lazy(() => new Int32Array(new SharedArrayBuffer(4)))

/** What must be done once is, in whichever thread; what it made is there for all. */
export async function once(): Promise<unknown> {
  const each = () =>
    spawn(async () => {
      const here = await start.call(() => Promise.resolve())
      const { names } = await settings.get()
      const cells = await memory.get()
      Atomics.add(cells, 0, 1)
      return Number(here) + (names.get('é') ?? 0)
    })
  const threads = await Promise.all([each(), each(), each()])
  const cells = await memory.get()
  return [threads.reduce((sum, here) => sum + here, 0), calls.load(), cells[0], start.isDone]
}
