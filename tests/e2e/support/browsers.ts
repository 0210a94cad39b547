// The browsers that the page of the runtime runs in.

import { launchChromium } from '../../tools/browser.mjs'
import { launchFirefox, missingFirefox } from '../../tools/firefox.mjs'
import type { Page } from '../../tools/firefox.mjs'
import { missingWebKit, WebKit } from '../../tools/webkit.ts'

export interface Started {
  newPage(): Promise<Page>
  close(): Promise<void>
}

// Without them a run on one's own machine is for Chromium alone; in CI their start says what is missing, and fails.
const isThere = (missing: string | null): boolean => missing === null || Boolean(process.env['CI'])

/** By name, with how each is started. */
export const BROWSERS: readonly (readonly [name: string, start: () => Promise<Started>])[] = [
  ['Chromium', launchChromium],
  ...(isThere(missingFirefox()) ? [['Firefox', launchFirefox] as const] : []),
  ...(isThere(missingWebKit()) ? [['WebKit', startWebKit] as const] : []),
]

/** Its driver has one page at a time, so each page is a browser. */
async function startWebKit(): Promise<Started> {
  return { newPage: () => WebKit.launch(), close: async () => {} }
}
