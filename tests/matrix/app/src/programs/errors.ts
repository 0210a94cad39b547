import { spawn } from 'experimental-threads'

class Refused extends RangeError {
  override readonly name = 'Refused'
  readonly detail = { code: 7 }
}

export async function errors(): Promise<unknown> {
  const limit = 3
  const error = await spawn((): never => {
    throw new Refused(`more than ${limit}`, { cause: new Error('deep') })
  }).catch((error: Refused) => error)
  const odd = await spawn((): never => {
    // oxlint-disable-next-line no-throw-literal -- it is what is tried
    throw null
  }).join()
  return [
    error instanceof Refused,
    error.message,
    error.detail.code,
    (error.cause as Error).message,
    /at spawn \(src\/programs\/errors\.ts:10:/.test(error.stack ?? ''),
    odd,
  ]
}
