// The browsers of the matrix: each opens a page, waits for what it ends with, and is closed.

import { findChromium, HOW_TO_GET_CHROMIUM, launchChromium } from '../tools/browser.mjs'
import { launchFirefox, missingFirefox } from '../tools/firefox.mjs'
import { missingWebKit, WebKit } from '../tools/webkit.ts'
import type { Outcome } from './hosts.ts'

/** Why a browser cannot be started, or null. */
export const missing = {
  chromium: (): string | null => (findChromium() === null ? HOW_TO_GET_CHROMIUM : null),
  firefox: missingFirefox,
  webkit: missingWebKit,
}

/** The longest that a page may take. Milliseconds. */
const LONGEST = 60_000

/** Gives the outcome when it is there. The driver's own way to wait makes a function of a text, which the policy of the pages forbids. */
const UNTIL_OUTCOME = `new Promise((resolve, reject) => {
  const look = () => {
    if (globalThis.outcome !== undefined) resolve(globalThis.outcome)
    else if (performance.now() > ${LONGEST}) reject(new Error('no outcome'))
    else setTimeout(look, 50)
  }
  look()
})`

export async function inChromium(url: string): Promise<Outcome> {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    await page.goto(url)
    const handle = await page.waitForFunction(() => (globalThis as { outcome?: Outcome }).outcome, undefined, {
      timeout: LONGEST,
    })
    return (await handle.jsonValue()) as Outcome
  } finally {
    await browser.close()
  }
}

export async function inFirefox(url: string): Promise<Outcome> {
  const browser = await launchFirefox()
  try {
    const page = await browser.newPage()
    await page.goto(url)
    return await page.evaluate<Outcome>(UNTIL_OUTCOME)
  } finally {
    await browser.close()
  }
}

export async function inWebKit(url: string): Promise<Outcome> {
  const browser = await WebKit.launch()
  try {
    await browser.goto(url)
    return (await browser.waitFor('globalThis.outcome')) as Outcome
  } finally {
    await browser.close()
  }
}
