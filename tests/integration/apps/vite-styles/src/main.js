import { spawn } from 'experimental-threads'

import './page.js'
import { double } from './vendor/pure.js'

async function run() {
  const doubled = await spawn(() => double(21))
  const drawn = await spawn(async () => (await import('./chart.js')).draw())
  return { doubled, drawn }
}

run().then(
  (outcome) => Object.assign(globalThis, { outcome }),
  (error) => Object.assign(globalThis, { outcome: { failed: String(error.stack) } }),
)
