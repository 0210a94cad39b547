import { spawn, threadSignal } from 'experimental-threads'

export async function aborts(): Promise<unknown> {
  const reason = new RangeError('enough')
  const waiting = spawn(
    () =>
      new Promise((resolve) => {
        threadSignal.addEventListener('abort', () => resolve('told'))
      }),
  )
  const controller = new AbortController()
  const linked = spawn(() => new Promise<never>(() => {}), { signal: controller.signal })
  waiting.abort(reason)
  controller.abort('by signal')
  const ends = await Promise.allSettled([waiting, linked])
  return ends.map((end) => end.status === 'rejected' && (end.reason === reason ? 'same reason' : end.reason))
}
