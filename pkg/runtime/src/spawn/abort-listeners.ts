// One listener for each signal, however many threads it aborts: platforms take many for a leak.

interface Listening {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

const signals = new WeakMap<AbortSignal, Listening>()

type MaybeSignal = AbortSignal | null | undefined

/** Calls back once when the signal fires. */
export function onAbort(signal: MaybeSignal, callback: () => void): void {
  if (signal === undefined || signal === null) return
  const known = signals.get(signal)
  if (known !== undefined) return void known.callbacks.add(callback)
  const callbacks = new Set([callback])
  const listener = (): void => {
    stop(signal, listener)
    for (const each of callbacks) call(each)
  }
  signals.set(signal, { callbacks, listener })
  signal.addEventListener('abort', listener)
}

/** Nothing is left on the signal when nobody waits for it any more. */
export function offAbort(signal: MaybeSignal, callback: () => void): void {
  if (signal === undefined || signal === null) return
  const known = signals.get(signal)
  if (known !== undefined && known.callbacks.delete(callback) && known.callbacks.size === 0)
    stop(signal, known.listener)
}

function stop(signal: AbortSignal, listener: () => void): void {
  signals.delete(signal)
  // It may be anybody's, and who is told that a thread has ended is not to miss it for that.
  call(() => signal.removeEventListener('abort', listener))
}

/** What fails is reported as if it were a listener of its own, and keeps no other from being called. */
function call(callback: () => void): void {
  try {
    callback()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
