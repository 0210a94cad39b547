// The locks in real browsers: a page that may not block, workers that may, and a page without shared memory.

import { expect, it } from 'vitest'

import { inBrowsers } from './browser/site.ts'

const FILES = [
  'page',
  'worker',
  'channel-worker',
  'groups-worker',
  'structs-worker',
  'joining-worker',
  'unconnected-worker',
].map((name) => `browser/${name}.mjs`)
inBrowsers(FILES, (open) => {
  it('counts exactly on a page and in 4 workers, which make the shared values first', async () => {
    const page = await open()
    expect(await page.evaluate('countTogether(4, 2000)')).toEqual({ count: 10_000, free: 2, codes: ['R532', 'R532'] })
    await page.close()
  })

  it('passes messages between a page and 2 workers, large ones too', async () => {
    const page = await open()
    const seen = await page.evaluate('workThroughChannels(2, 300)')
    expect(seen).toEqual({ sum: (299 * 300) / 2, count: 300, codes: ['R532', 'R590'] })
    await page.close()
  })

  it('tells the headers on a page without isolation, at the first use and not before', async () => {
    const page = await open('/bare')
    const seen = await page.evaluate('useWithoutIsolation()')
    expect(seen).toEqual({ exported: undefined, codes: ['E314', 'E314'], isolated: false })
    await page.close()
  })

  it('reads, writes, meets and counts on a page and in 4 workers', async () => {
    const page = await open()
    expect(await page.evaluate('workTogether(4, 100)')).toEqual({
      sum: 500,
      led: 100,
      torn: 0,
      ran: 1,
      left: 0,
      names: ['lazy', 'lazy', 'lazy', 'lazy', 'lazy'],
      codes: ['R532', 'R532', 'R532', 'R532', 'R532'],
    })
    await page.close()
  })

  it('tells the headers on a page without isolation at the first use of a lock, barrier, once, lazy or group', async () => {
    const page = await open('/bare')
    expect(await page.evaluate('groupsWithoutIsolation()')).toEqual(Array.from({ length: 9 }, () => 'E314'))
    await page.close()
  })

  it('reads and writes fields that a page and 2 workers share, and gives each of them a value of its own', async () => {
    const page = await open()
    expect(await page.evaluate('shareFields(2)')).toEqual({
      struct: { hits: 2, name: 'worker 1', at: { row: 1 }, cells: [1, 1, 0] },
      held: 2,
      own: ['page', 'worker 0', 'worker 1'],
      made: 3,
    })
    await page.close()
  })

  it('tells the headers on a page without isolation at the first use of a field, and gives a thread a value of its own', async () => {
    const page = await open('/bare')
    expect(await page.evaluate('structsWithoutIsolation()')).toEqual({
      codes: Array.from({ length: 6 }, () => 'E314'),
      own: 'page',
    })
    await page.close()
  })

  it('lets a worker of the page take part, in whatever order the two begin, and notices its end', async () => {
    const page = await open()
    expect(await page.evaluate('joinPage()')).toEqual({
      counts: [100, 200],
      seen: ['counted', 'counted'],
      refused: 'R538: the thread `mine` ended while it held the `Mutex` `joined`',
      codes: ['E325', 'E326'],
    })
    await page.close()
  })

  it('refuses a worker that has used shared memory before', async () => {
    const page = await open()
    expect(await page.evaluate('joinLate()')).toBe('E324')
    await page.close()
  })

  it('refuses to connect on a page without isolation', async () => {
    const page = await open('/bare')
    expect(await page.evaluate('connectBare()')).toBe('E314')
    await page.close()
  })
})
