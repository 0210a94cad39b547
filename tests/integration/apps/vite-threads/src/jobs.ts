import { spawn } from 'experimental-threads'
import ms from 'ms'

import { label } from './label.ts'

const factor = 100

function plusOne(n: number): number {
  return n + 1
}

/** What the tests look at. */
export interface Outcome {
  first: { label: string; onPage: boolean }
  second: { label: string; duration: number; two: number }
  nested: number
  stack: string | undefined
}

export async function runJobs(start: number): Promise<Outcome> {
  const first = await spawn(() => ({ label: label('first'), onPage: 'document' in globalThis }))
  const second = await spawn(() => ({ label: label('second'), duration: ms('2 days'), two: plusOne(1) }))
  const nested = await spawn(async () => 1 + (await spawn(() => plusOne(start) * factor)))
  const stack = await spawn((): string => {
    throw new RangeError(`é日😀 ${start} is too much`)
  }).then(
    () => undefined,
    (error: Error) => error.stack,
  )
  return { first, second, nested, stack }
}
