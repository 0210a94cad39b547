import { Mutex, spawn } from 'experimental-threads'

/** Locks made at run time travel with what captures them. */
export async function dynamicLocks(): Promise<unknown> {
  const locks = [0, 1].map(() => new Mutex(new Int32Array(new SharedArrayBuffer(4))))
  await Promise.all(
    [0, 1, 2, 3].map((n) =>
      spawn(async () => {
        const guard = await locks[n % 2]!.lock()
        guard.value[0]! += n
        guard.unlock()
      }),
    ),
  )
  const guards = await Promise.all(locks.map((lock) => lock.lock()))
  return guards.map((guard) => {
    const [value] = guard.value
    guard.unlock()
    return value
  })
}
