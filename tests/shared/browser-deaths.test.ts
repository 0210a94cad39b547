// The end of workers in a real browser, where `terminate()` returns long before the worker has stopped.

import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'

import { sitePages } from './browser/site.ts'

const open = sitePages(['browser/deaths-page.mjs', 'browser/boot.mjs', 'modules/deaths.mjs'])
let page: Page
beforeAll(async () => {
  page = await open()
})

interface Measured {
  readonly told: number
  readonly announced: number
  readonly heard: number
  readonly after: number
}

const measure = async (what: string): Promise<Measured> => {
  const measured = await page.evaluate<Measured>(`${what}()`)
  const { told, announced, heard } = measured
  console.log(`${what}: told ${told.toFixed(0)} ms, announced ${announced.toFixed(0)} ms, heard ${heard.toFixed(0)} ms`)
  return measured
}

for (const what of ['deathOfBusy', 'deathOfBlocked', 'deathOfClosed', 'deathOfCrashed', 'deathsInWorker']) {
  it(`${what}: is announced when the worker has stopped, and not before`, async () => {
    const { after, announced } = await measure(what)
    expect(after).toBe(0)
    // Chromium stops a busy worker after two seconds.
    expect(announced).toBeLessThan(10_000)
  })
}

it('announces the death of workers that are ended while they start', async () => {
  expect(await page.evaluate('deathsWhileStarting()')).toBe(true)
})
