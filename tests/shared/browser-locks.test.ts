// Locks whose owners end, in real browsers; in Chromium a worker runs on for two seconds after it was ended.

import { beforeAll, expect, it } from 'vitest'

import type { Page } from './browser/browsers.ts'
import { inBrowsers } from './browser/site.ts'

inBrowsers(['browser/locks-page.mjs', 'browser/boot.mjs', 'modules/failures.mjs', 'modules/turns.mjs'], (open) => {
  let page: Page
  beforeAll(async () => {
    page = await open()
  })

  it('poisons the lock of a worker that was ended when it has really stopped, and tells everybody who waits', async () => {
    const { inTime, told, ...rest } = await page.evaluate<Record<string, unknown>>('ownerDies()')
    expect(inTime).toMatch(/^R537: waited \d+ ms for a `Mutex`, which the thread `countsWith` holds$/)
    expect(told).toContain('R538: the thread `countsWith` ended while it held a `Mutex`')
    const refused = 'PoisonedError R538'
    expect(rest).toEqual({ seen: [refused, refused], stopped: true, after: 'locked' })
  })

  it('hands items from a page to workers', async () => {
    expect(await page.evaluate('handsOver()')).toEqual([0, 200])
  })

  it('lets workers with long sections have a lock in turn, that block and that await', async () => {
    for (const each of await page.evaluate<number[][]>('takesTurns()')) {
      // Of 80; a fair share is 40.
      expect(Math.min(...each), `sections of each: ${each.join(', ')}`).toBeGreaterThanOrEqual(16)
    }
  })

  it('gives up waits for permits on a page', async () => {
    const [aborted, late] = await page.evaluate<string[]>('givesUp()')
    expect(aborted).toBe('enough: ')
    expect(late).toMatch(/^R537: waited \d+ ms for 2 permits of a `Semaphore`, which has [01] free$/)
  })

  it('withdraws what waits in workers whose last thread has ended', async () => {
    expect(await page.evaluate('leaveWaits()')).toEqual(Array.from({ length: 5 }, () => [0, 597]))
  })
})
