// @ts-check
// Finds and starts Firefox. Its driver is one of the packages of the matrix, which only CI and `npm run matrix` install.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const EXECUTABLE = '/usr/bin/firefox-esr'
const MATRIX = new URL('../matrix/', import.meta.url)

/**
 * Why Firefox cannot be started.
 *
 * @returns {string | null} what a person does about it; null when it can be started
 */
export function missingFirefox() {
  if (!existsSync(EXECUTABLE)) return 'install it (Debian: `sudo apt-get install firefox-esr`)'
  if (!existsSync(new URL('node_modules/puppeteer-core', MATRIX)))
    return 'run `npm run matrix`, which installs its driver'
  return null
}

/**
 * @typedef {object} Page the part of a page that the drivers of both browsers have in common
 * @property {(url: string) => Promise<unknown>} goto
 * @property {<T = any>(expression: string) => Promise<T>} evaluate waits for a promise, and gives what JSON can hold
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Firefox
 * @property {() => Promise<Page>} newPage
 * @property {() => Promise<void>} close
 */

/**
 * Starts a headless Firefox with a new, empty profile. The caller closes it.
 *
 * @returns {Promise<Firefox>}
 * @throws {Error} when there is none, saying how to get one
 */
export async function launchFirefox() {
  const why = missingFirefox()
  if (why !== null) throw new Error(`Firefox is not there: ${why}`)
  const { resolve } = createRequire(new URL('package.json', MATRIX))
  const { default: puppeteer } = await import(pathToFileURL(resolve('puppeteer-core')).href)
  return puppeteer.launch({ browser: 'firefox', executablePath: EXECUTABLE, headless: true })
}
