import { Condvar, Mutex, spawn } from 'experimental-threads'

const state = new Mutex(new Int32Array(new SharedArrayBuffer(8)))
const changed = new Condvar()

/** Two threads take turns: each waits until it is its own. */
export async function condvars(): Promise<unknown> {
  const play = (me: number) =>
    spawn(async () => {
      for (let round = 0; round < 3; round++) {
        const guard = await state.lock()
        await changed.waitWhile(guard, ([turn]) => turn! % 2 !== me)
        guard.value[0]! += 1
        guard.value[1] = guard.value[1]! * 2 + me
        changed.notifyAll()
        guard.unlock()
      }
    })
  await Promise.all([play(1), play(0)])
  const guard = await state.lock()
  const ends = [...guard.value]
  guard.unlock()
  return ends
}
