import { parallelMap, spawn, task } from 'experimental-threads'

/** Memory of the program's own, in views and of WebAssembly, also in threads that wait for their turn. */
export async function memories(): Promise<unknown> {
  const words = new Int32Array(new SharedArrayBuffer(16), 4)
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const state = { words, seen: new Map([['memory', memory]]) }
  const count = () =>
    spawn(() => {
      Atomics.add(state.words, 0, 1)
      return Atomics.add(new Int32Array(state.seen.get('memory')!.buffer), 0, 1)
    })
  const before = await Promise.all(Array.from({ length: 40 }, count))
  const counts = task(() => Atomics.add(words, 1, 1))
  await Promise.all(Array.from({ length: 40 }, () => spawn(counts)))
  await parallelMap(Array.from({ length: 40 }), () => Atomics.add(words, 2, 1), { chunk: 1 })
  return [...words, new Int32Array(memory.buffer)[0], new Set(before).size]
}
