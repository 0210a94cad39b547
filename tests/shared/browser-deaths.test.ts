// The end of workers in real browsers, where `terminate()` returns long before the worker has stopped.

import { beforeAll, expect, it } from 'vitest'

import type { Page } from './browser/browsers.ts'
import { inBrowsers } from './browser/site.ts'

interface Measured {
  readonly told: number
  readonly announced: number
  readonly heard: number
  readonly after: number
}

inBrowsers(['browser/deaths-page.mjs', 'browser/boot.mjs', 'modules/deaths.mjs'], (open, name) => {
  let page: Page
  beforeAll(async () => {
    page = await open()
  })

  const measure = async (what: string): Promise<Measured> => {
    const measured = await page.evaluate<Measured>(`${what}()`)
    const { told, announced, heard } = measured
    console.log(
      `${what} in ${name}: told ${told.toFixed(0)} ms, announced ${announced.toFixed(0)} ms, heard ${heard.toFixed(0)} ms`,
    )
    return measured
  }

  const ends = ['deathOfBusy', 'deathOfBlocked', 'deathOfClosed', 'deathOfCrashed']
  // In Firefox 153 `new Worker` in a worker sometimes never returns while another of its workers computes: once in some
  // seventy runs of a program of three bare workers. Nothing in that thread can notice it.
  if (name !== 'Firefox') ends.push('deathsInWorker')

  for (const what of ends) {
    it(`${what}: is announced when the worker has stopped, and not before`, async () => {
      const { after, announced } = await measure(what)
      expect(after).toBe(0)
      // Chromium stops a busy worker after two seconds, Firefox at once.
      expect(announced).toBeLessThan(10_000)
    })
  }

  it('announces the death of workers that are ended while they start', async () => {
    expect(await page.evaluate('deathsWhileStarting()')).toBe(true)
  })
})
