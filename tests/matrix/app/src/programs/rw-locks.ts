import { Barrier, RwLock, spawn } from 'experimental-threads'

const table = new RwLock(new Int32Array(new SharedArrayBuffer(8)))
const inside = new Barrier(2)

export async function rwLocks(): Promise<unknown> {
  const write = async (): Promise<number> => {
    const guard = await table.write()
    guard.value[0]! += 2
    guard.value[1] = guard.value[0]! * 10
    const reading = guard.downgrade()
    const seen = reading.value[1]!
    reading.unlock()
    return seen
  }
  const written = await Promise.all([spawn(write), spawn(write), spawn(write)])
  // Two readers are inside together, or they would wait for each other for ever.
  const read = async (): Promise<number> => {
    const guard = await table.read()
    await inside.wait()
    const [value] = guard.value
    guard.unlock()
    return value!
  }
  return [written.toSorted(), await Promise.all([spawn(read), spawn(read)])]
}
