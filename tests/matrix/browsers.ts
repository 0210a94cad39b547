// The browsers of the matrix: each opens a page, waits for what it ends with, and is closed.

import { existsSync } from 'node:fs'

import { findChromium, HOW_TO_GET_CHROMIUM, launchChromium } from '../tools/browser.mjs'
import type { Outcome } from './hosts.ts'

/** Why a browser cannot be started, or null. */
export const missing = {
  chromium: (): string | null => (findChromium() === null ? HOW_TO_GET_CHROMIUM : null),
  firefox: (): string | null =>
    needs('/usr/bin/firefox-esr', 'firefox-esr') ??
    (existsSync(new URL('node_modules/puppeteer-core', import.meta.url))
      ? null
      : 'run `npm run matrix`, which installs its driver'),
}

function needs(file: string, debian: string): string | null {
  return existsSync(file) ? null : `install it (Debian: \`sudo apt-get install ${debian}\`)`
}

/** The longest that a page may take. Milliseconds. */
const LONGEST = 60_000

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

interface Puppeteer {
  launch(options: object): Promise<{
    newPage(): Promise<{
      goto(url: string): Promise<unknown>
      waitForFunction(test: () => unknown, options: object): Promise<{ jsonValue(): Promise<unknown> }>
    }>
    close(): Promise<void>
  }>
}

export async function inFirefox(url: string): Promise<Outcome> {
  // From the packages of the matrix, which the rest of the tests do not install.
  const { default: puppeteer } = (await import('puppeteer-core' as string)) as { default: Puppeteer }
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true })
  try {
    const page = await browser.newPage()
    await page.goto(url)
    const found = await page.waitForFunction(() => (globalThis as { outcome?: Outcome }).outcome, { timeout: LONGEST })
    return (await found.jsonValue()) as Outcome
  } finally {
    await browser.close()
  }
}
