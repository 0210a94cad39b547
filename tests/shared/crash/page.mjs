// Kills on the worker threads of a browser, which may stop long after they were ended: many at a time.

import { configure } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

import { killAt } from './kill.mjs'

$boot('/boot.js')
configure({ maxThreads: 8, maxWorkers: 48, graceTime: 1 })

const start = (name, captures, blocks) =>
  $spawn(
    {
      p: 1,
      load: `/closures.js?run=${name}`,
      name,
      at: 'src/a.ts:1:1',
      captures: captures.map((_, index) => `c${index}`),
      blocks,
    },
    null,
    undefined,
    captures,
  )

globalThis.kills = async (list, lanes) => {
  const results = []
  const lane = async () => {
    for (let kill = list.shift(); kill !== undefined; kill = list.shift())
      results.push({ kill, ...(await killAt(start, ...kill)) })
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return JSON.stringify(results)
}
