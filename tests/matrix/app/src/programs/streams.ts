import { spawn } from 'experimental-threads'

export async function streams(): Promise<unknown> {
  const first = 3
  const seen: unknown[] = []
  for await (const n of spawn(function* () {
    for (let n = first; ; n++) yield n
  })) {
    seen.push(n)
    if (seen.length === 3) break
  }
  const failing = spawn(async function* () {
    yield 'one'
    throw new RangeError('after one')
  })
  try {
    for await (const text of failing) seen.push(text)
  } catch (error) {
    seen.push((error as Error).name)
  }
  return seen
}
