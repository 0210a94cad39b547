/** A program that uses much of what a build has to carry: nested and self-recursive spawns, recipes, tasks, instances, streams, CommonJS. */

import { readFileSync } from 'node:fs'

import { instancesOutcome, recipesOutcome, streamsOutcome, tasksOutcome } from './apps/outcomes.ts'

/** Its files; it starts with `src/main.ts`. */
export const app: Readonly<Record<string, string>> = {
  'src/main.ts': `import { spawn } from 'experimental-threads'
import { double } from 'legacy'
import { helper } from './helper'
import type { Row } from './helper'
import { runInstances } from './instances'
import { runRecipes } from './recipes'
import { runStreams } from './streams'
import { runTasks } from './tasks'

const factor = 3
const rows: Row[] = [{ n: 1 }]

// Itself spawned in each of its threads.
function fib(n: number): Promise<number> {
  if (n < 2) return Promise.resolve(n)
  return Promise.all([spawn(() => fib(n - 1)), spawn(() => fib(n - 2))]).then(([a, b]) => a + b)
}

async function main() {
  // Spawns itself too, and is a local function: its text is in the very module that it refers to.
  function countDown(n: number): Promise<number> {
    return spawn(async () => (n > 0 ? 1 + (await countDown(n - 1)) : 0))
  }
  // First, while there is one worker only.
  const recipes = await runRecipes()
  const first = await spawn(() => helper(rows[0]!.n) * factor)
  const nested = await spawn(async () => {
    const twice = double(first)
    return [twice, await spawn(() => helper(twice))]
  })
  console.log(JSON.stringify([first, nested, await fib(5), await countDown(2), recipes, await runTasks(), await runInstances(), await runStreams()]))
}
void main()
`,
  'src/helper.ts': `export interface Row { n: number }
export const helper = (n: number): number => n + 100
`,
  'src/recipes.js': readFileSync(new URL('apps/vite-threads/src/recipes.js', import.meta.url), 'utf8'),
  'src/instances.js': readFileSync(new URL('apps/vite-threads/src/instances.js', import.meta.url), 'utf8'),
  'src/shapes.js': readFileSync(new URL('apps/vite-threads/src/shapes.js', import.meta.url), 'utf8'),
  'src/streams.js': readFileSync(new URL('apps/vite-threads/src/streams.js', import.meta.url), 'utf8'),
  'src/tasks.js': readFileSync(new URL('apps/vite-threads/src/tasks.js', import.meta.url), 'utf8'),
  'node_modules/react/package.json': JSON.stringify({ name: 'react', version: '1.0.0' }),
  'node_modules/react/index.js': 'exports.createElement = (type) => ({ type })\n',
}

/** What it prints. */
export const printed = `${JSON.stringify([303, [606, 706], 5, 2, recipesOutcome, tasksOutcome, instancesOutcome, streamsOutcome])}\n`
