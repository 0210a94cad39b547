// @ts-check
// Finds and starts the real browser that the end-to-end tests, the benchmarks and the demo use.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where operating systems and vendors put Chromium or Chrome; the first that exists is used. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** What a person does about a missing browser. */
export const HOW_TO_GET_CHROMIUM =
  'no Chromium was found: install it (Debian and Ubuntu: `sudo apt-get install chromium`; ' +
  'macOS: `brew install --cask chromium`), or set CHROMIUM_PATH to the executable of Chromium or Chrome'

/**
 * Flags for every start. No sandbox, because tests run as root in containers; the rest keeps the browser from
 * reaching out to the network by itself.
 */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The executable of Chromium or Chrome: `CHROMIUM_PATH`, else the usual places, else the search path.
 *
 * @returns {string | null} null when there is none
 * @throws {Error} when `CHROMIUM_PATH` is set and names no executable; silently taking another one would be worse
 */
export function findChromium() {
  const chosen = process.env['CHROMIUM_PATH']
  if (chosen) {
    if (isExecutable(chosen)) return chosen
    throw new Error(`CHROMIUM_PATH names \`${chosen}\`, which is not an executable file`)
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const candidates = [...USUAL_PLACES, ...COMMANDS.flatMap((name) => folders.map((folder) => join(folder, name)))]
  return candidates.find(isExecutable) ?? null
}

/**
 * Starts a headless browser with a new, empty profile that is removed when it closes. The caller closes it.
 *
 * ```ts
 * const browser = await launchChromium()
 * const page = await browser.newPage()
 * await browser.close()
 * ```
 *
 * @param {import('playwright-core').LaunchOptions} [options] added to ours; `args` are appended
 * @returns {Promise<import('playwright-core').Browser>}
 * @throws {Error} when there is no Chromium, saying how to get one
 */
export async function launchChromium(options = {}) {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error(HOW_TO_GET_CHROMIUM)
  const { chromium } = await import('playwright-core')
  // `launch` itself makes the fresh profile folder; a `--user-data-dir` of ours would be refused.
  return chromium.launch({
    headless: true,
    ...options,
    executablePath,
    args: [...CHROMIUM_FLAGS, ...(options.args ?? [])],
  })
}
