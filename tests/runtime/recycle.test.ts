import { configure, shutdown, stats } from 'experimental-threads'
import { $boot, $recycle } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { open, reaches, sharedWords, start } from './support.ts'

beforeEach(() => configure({ maxThreads: 2, idleTimeout: 30_000 }))
afterEach(() => shutdown({ deadline: 0 }))

describe('when modules have changed', () => {
  it('the next threads run in new workers', async () => {
    const first = await start('thread')
    expect(await start('thread')).toBe(first)
    $recycle()
    expect(await start('thread')).not.toBe(first)
  })

  it('what runs goes on, and its worker ends after it', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const running = start('arrive', [words])
    await reaches(words, 1, 1)
    $recycle()
    expect(await start('thread')).toBeTypeOf('number')
    open(words)
    await running
    expect(stats()).toMatchObject({ workers: 1, running: 0 })
  })

  it('another bootstrap does the same, the same one does nothing', async () => {
    const first = await start('thread')
    const url = new URL('../../pkg/runtime/dist/worker.js', import.meta.url).href
    $boot(url)
    expect(await start('thread')).toBe(first)
    $boot(`${url}?again`)
    expect(await start('thread')).not.toBe(first)
  })
})
