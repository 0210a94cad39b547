import { Global, Semaphore, spawn } from 'experimental-threads'

const gate = new Semaphore(0)
const done = new Global(new Int32Array(new SharedArrayBuffer(4)))

/** A closure that names a blocking operation gets a worker of its own. */
export async function blocking(): Promise<unknown> {
  const waits = spawn(() => {
    const permit = gate.blockingAcquire(2)
    Atomics.add(done.value, 0, permit.count)
  })
  await spawn(() => gate.release(2))
  await waits
  return done.value[0]
}
