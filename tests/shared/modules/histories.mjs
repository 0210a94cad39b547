// Random operations on a channel, with their times.

const runs = {
  act: (tx, rx, clock, thread, seed, count) => () => {
    let state = seed
    const history = []
    for (let step = 0; step < count; step++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const start = clock.add()
      if (state % 7 < 4) {
        const value = thread * 100 + step
        const { ok } = tx.trySend(value)
        history.push({ kind: 'send', value: ok ? value : undefined, start, end: clock.add() })
      } else {
        const { value } = rx.tryRecv()
        history.push({ kind: 'receive', value, start, end: clock.add() })
      }
    }
    return history
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run') ?? 'act']
export { $run as run }
