// Without workers, tasks, parallelMap, callbacks and streams give the same.
import { configure, callback, parallelMap, spawn } from 'experimental-threads'
import { $spawn, $stream, $task } from 'experimental-threads/internal'

import { boot } from './support.mjs'

boot()
configure({ maxThreads: 0 })

function site(file, name, given = {}) {
  const load = new URL(`../modules/${file}.mjs?run=${name}`, import.meta.url).href
  return { p: 1, load, name, at: 'src/a.ts:12:8', captures: ['a', 'b'], blocks: false, ...given }
}

const sum = await spawn($task(site('closures', 'add'), [1, 2]))
const doubled = await parallelMap([1, 2], $task(site('map', 'double'), []))
const answer = await $spawn(site('callbacks', 'call'), null, undefined, [callback((n) => n + 1), [4]])
const values = []
for await (const value of $spawn(site('streams', 'count', { stream: $stream }), null, undefined, [3]))
  values.push(value)
console.log(JSON.stringify([sum, doubled, answer, values]))
