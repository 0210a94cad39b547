// WebKit: GTK's WebKit, driven by the plain WebDriver protocol, on a display that exists in memory only.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'

/** What each of Debian's packages is needed for. */
const PROGRAMS = { 'webkit2gtk-driver': '/usr/bin/WebKitWebDriver', xvfb: '/usr/bin/Xvfb' } as const

/** Why WebKit cannot be started, with what to do; null when it can. */
export function missingWebKit(): string | null {
  const missing = Object.entries(PROGRAMS).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  return missing.length === 0 ? null : `install it (Debian: \`sudo apt-get install ${missing.join(' ')}\`)`
}

/** The longest that driver and page may take for anything. Milliseconds. */
const LONGEST = 60_000

/** How often is looked for what a page has no way to tell. Milliseconds. */
const OFTEN = 50

/** A browser with one page. */
export class WebKit {
  readonly #session: string
  readonly #end: () => Promise<void>

  private constructor(session: string, end: () => Promise<void>) {
    this.#session = session
    this.#end = end
  }

  /**
   * Starts a browser with an empty profile. The caller closes it.
   *
   * ```ts
   * const browser = await WebKit.launch()
   * await browser.goto('http://127.0.0.1:5173/')
   * const title = await browser.evaluate<string>('document.title')
   * await browser.close()
   * ```
   *
   * @throws when the driver does not answer within a minute
   */
  static async launch(): Promise<WebKit> {
    const started: ChildProcess[] = []
    // A test that fails may not come to its `close`.
    const kill = (): void => {
      for (const child of started) child.kill()
    }
    process.once('exit', kill)
    // In reverse order: the display is the last to go.
    const end = async (): Promise<void> => {
      for (const child of started.toReversed()) await stop(child)
      process.off('exit', kill)
    }
    try {
      const { child, display } = await startDisplay()
      started.push(child)
      const port = await freePort()
      started.push(startDriver(port, display))
      const driver = `http://127.0.0.1:${port}`
      await listening(driver)
      const { sessionId } = (await ask(driver, 'POST', '/session', { capabilities: {} })) as { sessionId: string }
      const session = `${driver}/session/${sessionId}`
      await ask(session, 'POST', '/timeouts', { script: LONGEST, pageLoad: LONGEST })
      return new WebKit(session, end)
    } catch (error) {
      await end()
      throw error
    }
  }

  /** Opens a page and waits until it has loaded. */
  async goto(url: string): Promise<void> {
    await ask(this.#session, 'POST', '/url', { url })
    // The driver speaks of the page before this one where the new one has a process of its own, as an isolated page has.
    await this.waitFor(
      `location.href === ${JSON.stringify(new URL(url).href)} && document.readyState === 'complete' || undefined`,
    )
  }

  /** What an expression gives in the page. Waits for a promise, and gives what JSON can hold. */
  async evaluate<T = unknown>(expression: string): Promise<T> {
    const script = `const done = arguments[0]
new Promise((resolve) => resolve(${expression})).then((value) => done({ value }), (error) => done({ error: String(error) }))`
    const outcome = await ask(this.#session, 'POST', '/execute/async', { script, args: [] })
    const { value, error } = outcome as { value: T; error?: string }
    if (error !== undefined) throw new Error(error)
    return value
  }

  /**
   * What an expression gives in the page, as soon as that is not undefined; also when the page is another one by then.
   *
   * @throws after a minute
   */
  async waitFor(expression: string): Promise<unknown> {
    for (const end = performance.now() + LONGEST; performance.now() < end; await pause()) {
      const text = await this.evaluate(`JSON.stringify(${expression})`)
      if (typeof text === 'string') return JSON.parse(text)
    }
    throw new Error(`\`${expression}\` is undefined after ${LONGEST / 1000} s`)
  }

  async close(): Promise<void> {
    try {
      await ask(this.#session, 'DELETE', '')
    } finally {
      await this.#end()
    }
  }
}

async function startDisplay(): Promise<{ child: ChildProcess; display: string }> {
  // It writes the number that it took to the file descriptor that it is given.
  const child = spawn(PROGRAMS.xvfb, ['-displayfd', '3', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const [number] = (await once(child.stdio[3] as Readable, 'data')) as [Buffer]
  return { child, display: `:${String(number).trim()}` }
}

function startDriver(port: number, display: string): ChildProcess {
  return spawn(PROGRAMS['webkit2gtk-driver'], [`--port=${port}`], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DISPLAY: display,
      // GTK's builds have shared memory only where it is asked for; Safari has it in isolated pages.
      JSC_useSharedArrayBuffer: '1',
      // Tests run as root in containers.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
      // Nobody listens on buses: without these, daemons are started that outlive the browser.
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      NO_AT_BRIDGE: '1',
    },
    stdio: 'ignore',
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

async function ask(base: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(base + path, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: unknown }
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`)
  return value
}

/** Asks until the driver answers: it says nothing when it has started. */
async function listening(driver: string): Promise<void> {
  for (const end = performance.now() + LONGEST; performance.now() < end; await pause()) {
    const answers = await fetch(`${driver}/status`).then(
      (response) => response.ok,
      () => false,
    )
    if (answers) return
  }
  throw new Error('WebKitWebDriver does not answer')
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, OFTEN))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
