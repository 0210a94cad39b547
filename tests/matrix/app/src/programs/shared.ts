import { Global, Mutex, Semaphore, spawn } from 'experimental-threads'
import { addToOther, other } from '../library/shared.ts'

const cells = new Global(new Int32Array(new SharedArrayBuffer(8)))
const sum = new Mutex(new Float64Array(new SharedArrayBuffer(8)))
const two = new Semaphore(2)

export async function shared(): Promise<unknown> {
  await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      spawn(async () => {
        Atomics.add(cells.value, 0, 1)
        const permit = await two.acquire()
        const guard = await sum.lock()
        guard.value[0]! += n / 2
        guard.unlock()
        permit.release()
        await addToOther(n)
      }),
    ),
  )
  const guard = await sum.lock()
  const total = guard.value[0]
  guard.unlock()
  return [cells.value[0], total, other.value[0]]
}
