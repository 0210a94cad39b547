import { callback, spawn } from 'experimental-threads'

export async function callbacks(): Promise<unknown> {
  const steps: number[] = []
  const onStep = callback((step: number) => {
    steps.push(step)
    return step * 10
  })
  const answer = await spawn(async () => {
    await onStep(1)
    return onStep(2)
  })
  return [steps, answer]
}
