import { defineConfig } from 'vitest/config'

interface Settings {
  maxWorkers?: number
  execArgv?: string[]
  /** How often a failed test runs again. `npm test` prints each that needed it. */
  retry?: number
}

/** One suite: the folder of the same name. Times are in milliseconds and generous, since they only end what hangs. */
function suite(name: string, group: number, timeout: number, settings: Settings = {}) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`${name}/**/*.test.{ts,tsx,mjs}`],
      testTimeout: timeout,
      hookTimeout: timeout,
      sequence: { groupOrder: group },
      ...settings,
    },
  }
}

export default defineConfig({
  test: {
    // A test runs on a process's main thread, as a user's program does, and not in a worker of the runner.
    pool: 'forks',
    // Vitest would keep one processor for itself, which needs next to none of it while tests run; of two that is half of the machine.
    maxWorkers: '100%',
    // The built packages are tested as Node loads them, and not as Vite would transform them.
    server: { deps: { external: [/\/pkg\/[^/]+\/(?:dist|wasm)\//, /\/plugin-[^/]+\/dist\//] } },
    allowOnly: false,
    // Suites that use threads and browsers have the machine to themselves: each group starts when the one before ended.
    projects: [
      suite('fixtures', 0, 60_000),
      // Watchers, dev servers and browsers, on machines of any load: what starts some may try a second time.
      suite('integration', 0, 120_000, { retry: 1 }),
      suite('model', 0, 300_000),
      suite('fuzz', 0, 1_800_000, {
        execArgv: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      }),
      suite('oracle', 0, 600_000),
      suite('runtime', 1, 30_000, { maxWorkers: 1 }),
      suite('shared', 1, 60_000, { maxWorkers: 1, retry: 1 }),
      suite('matrix', 2, 120_000, { maxWorkers: 1, retry: 1 }),
      suite('e2e', 2, 120_000, { maxWorkers: 1, retry: 1 }),
      suite('stress', 3, 300_000, { maxWorkers: 1 }),
    ],
  },
})
