import { spawn } from 'experimental-threads'

/** What cannot be sent is named. */
export async function refusals(): Promise<unknown> {
  const config = { name: 'x', onDone: structuredClone }
  let code
  try {
    await spawn(() => config.name)
  } catch (error) {
    code = [(error as { code: string }).code, (error as Error).message.includes('config.onDone')]
  }
  const result = await spawn(() => () => 1).join()
  return [code, result.ok || (result.error as { code: string }).code]
}
