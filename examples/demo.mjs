// @ts-check
// `npm run demo`: builds the examples with the plugins, runs them, and says what was seen.

import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { build, preview } from 'vite'

import { findChromium, HOW_TO_GET_CHROMIUM, launchChromium } from '../tests/tools/browser.mjs'

/** @param {string} name */
const folderOf = (name) => join(import.meta.dirname, name)

/** @param {string} text */
const heading = (text) => console.log(`\n── ${text}`)

/** What the start script of repo-index gives Node, too: its README says why. */
const LARGE_YOUNG_GENERATION = ['--max-semi-space-size=64', '--min-semi-space-size=64']

/**
 * Runs a script of an example, shows what it prints, and returns it.
 *
 * @param {string} name of the example
 * @param {string} script
 * @param {string[]} [flags] for Node
 * @returns {Promise<string>}
 */
async function run(name, script, flags = []) {
  const child = spawn(process.execPath, [...flags, script], {
    cwd: folderOf(name),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    printed += text
    process.stdout.write(text)
  })
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`${name}: ${script} ended with code ${code}`)
  return printed
}

async function repoIndex() {
  heading('examples/repo-index: Markdown parser, highlighter and search index in threads (esbuild, Node)')
  await run('repo-index', 'build.mjs')
  const rows = [
    ...(await run('repo-index', 'dist/main.js', LARGE_YOUNG_GENERATION)).matchAll(
      /^(in place|\d+) +([\d.]+) +([\d.]+) +([\d.]+)x +(\w+)$/gm,
    ),
  ]
  const last = rows.at(-1)
  if (last === undefined || new Set(rows.map((row) => row[5])).size !== 1)
    throw new Error('repo-index: checksums differ')
  return `repo-index: ${rows[0]?.[2]} s in place, ${last[2]} s on ${last[1]} threads: ${last[4]} times as fast, equal checksums`
}

async function readme() {
  heading('examples/readme: the original idea, its text unchanged (esbuild, Node)')
  await run('readme', 'esbuild.mjs')
  await run('readme', 'dist/esbuild/main.js')

  heading('examples/readme: the same files (Vite, Node)')
  const root = folderOf('readme')
  await build({ root, logLevel: 'warn', build: { ssr: 'src/main.ts', outDir: 'dist/ssr', emptyOutDir: true } })
  await run('readme', 'dist/ssr/main.js')
}

async function fractal() {
  heading('examples/fractal: one picture in shared memory, drawn by threads (Vite, Chromium)')
  const root = folderOf('fractal')
  await build({ root, logLevel: 'warn' })
  if (findChromium() === null) {
    console.log(`built, not drawn: ${HOW_TO_GET_CHROMIUM}`)
    return 'fractal: built; open it with the command below'
  }
  const server = await preview({ root, preview: { host: '127.0.0.1', port: 0 } })
  try {
    const browser = await launchChromium()
    try {
      const page = await browser.newPage()
      const url = server.resolvedUrls?.local[0]
      if (url === undefined) throw new Error('fractal: the preview server has no address')
      await page.goto(url)
      const seen = await page.evaluate(compareDrawings)
      console.log(`in place   ${seen.serial.toFixed(2)} s\n${seen.threads} threads  ${seen.threaded.toFixed(2)} s`)
      if (seen.different > 0) throw new Error(`fractal: ${seen.different} of ${seen.pixels} pixels differ`)
      return (
        `fractal: ${seen.serial.toFixed(2)} s in place, ${seen.threaded.toFixed(2)} s on ${seen.threads} threads: ` +
        `${(seen.serial / seen.threaded).toFixed(2)} times as fast, all ${seen.pixels} pixels equal`
      )
    } finally {
      await browser.close()
    }
  } finally {
    await server.close()
  }
}

/** Runs in the page. Both ways draw a small picture first, so that no start-up is measured. */
async function compareDrawings() {
  const { fractal } = /** @type {any} */ (globalThis)
  const threads = navigator.hardwareConcurrency
  for (const count of [0, threads]) await fractal.draw(count, { width: 160, height: 100 })
  const serial = await fractal.draw(0, { width: 720, height: 450 })
  const threaded = await fractal.draw(threads, { width: 720, height: 450 })
  let different = 0
  for (const [at, pixel] of serial.pixels.entries()) if (pixel !== threaded.pixels[at]) different++
  return {
    threads,
    serial: serial.milliseconds / 1000,
    threaded: threaded.milliseconds / 1000,
    pixels: serial.pixels.length,
    different,
  }
}

const indexed = await repoIndex()
await readme()
const drawn = await fractal()

heading('Seen')
console.log(indexed)
console.log(drawn)
console.log(
  'Next: `npm run dev -w fractal-example`, open the address it prints, move the slider and click into the picture',
)
