// Threads that use shared structs. Only `declared` names what they are made of.

const runs = {
  write: (value, holder) => () => {
    value.flags = 7
    value.name = 'thread'
    value.grid.set([1, 2, 3, 4])
    holder.inner[0].at.row = 5
    return holder.inner[0] === value ? value : 'another object'
  },

  turns: (value, me, rounds) => () => {
    for (let round = 0; round < rounds;) {
      if (value.turn % 2 !== me) continue
      value.turn = value.turn + 1
      round++
    }
  },

  declared: () => async () => {
    const { Global, Mutex, shared } = await import('experimental-threads')
    const { $shared } = await import('experimental-threads/internal')
    const declared = $shared(shared, 'declared', 'h', () => [{ n: 'u32' }])
    const global = $shared(Global, 'structGlobal', 'h', () => [shared({ n: 'u32' })])
    const mutex = $shared(Mutex, 'structMutex', 'h', () => [shared({ n: 'u32' })])
    const guard = mutex.tryLock()
    const all = [declared, global.value, guard.value]
    for (const struct of all) struct.n++
    guard.unlock()
    return all.map(({ n }) => n)
  },

  capturedGlobal: (global, declared) => () => [global.value.n, declared.n],

  nameOf: (global) => () => global.value.constructor.name,

  namesOf: (locks) => () => locks.map((lock) => lock.constructor.name),

  count: (mutex, rounds) => async () => {
    for (let round = 0; round < rounds; round++) {
      const guard = await mutex.lock()
      guard.value.n++
      guard.unlock()
    }
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run')]
export { $run as run }
