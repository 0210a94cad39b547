import { Global, Mutex } from 'experimental-threads'

export const other = new Global(new Uint32Array(new SharedArrayBuffer(4)))
const lock = new Mutex()

export async function addToOther(n: number): Promise<void> {
  const guard = await lock.lock()
  other.value[0]! += n
  guard.unlock()
}
