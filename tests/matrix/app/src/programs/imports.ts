import { spawn } from 'experimental-threads'
import ms from 'ms'
import * as all from '../library/esm.ts'
import shout, { label as named } from '../library/esm.ts'
import { ready } from '../library/waits.ts'
import data from '../library/data.json' with { type: 'json' }

export async function imports(): Promise<unknown> {
  return spawn(async () => {
    const { label } = await import('../library/late.ts')
    return [shout('a'), named, all.count(), ms('2 days'), data.list.length, ready, label]
  })
}
