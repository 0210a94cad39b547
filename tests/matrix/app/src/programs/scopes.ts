import { spawn, threads, threadSignal } from 'experimental-threads'

export async function scopes(): Promise<unknown> {
  const scope = threads()
  const slow = spawn(() => new Promise((resolve) => threadSignal.addEventListener('abort', resolve)), { scope })
  const failing = spawn(
    (): void => {
      throw new TypeError('the first to fail')
    },
    { scope },
  )
  const seen = [(await slow.join()).ok, (await failing.join()).ok]
  const ended = await scope.dispose().then(
    () => 'ended',
    (error: Error) => error.name,
  )
  return [...seen, ended]
}
