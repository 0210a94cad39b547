// The browsers that every page of this suite runs in.

import { launchChromium } from '../../tools/browser.mjs'
import { launchFirefox, missingFirefox } from '../../tools/firefox.mjs'
import type { Page } from '../../tools/firefox.mjs'

export type { Page }

export interface Started {
  newPage(): Promise<Page>
  close(): Promise<void>
}

export interface Browser {
  readonly name: string
  start(): Promise<Started>
}

// Without it a run on one's own machine is for Chromium alone; in CI its start says what is missing, and fails.
const hasFirefox = missingFirefox() === null || Boolean(process.env['CI'])

export const BROWSERS: readonly Browser[] = [
  { name: 'Chromium', start: launchChromium },
  ...(hasFirefox ? [{ name: 'Firefox', start: launchFirefox }] : []),
]
