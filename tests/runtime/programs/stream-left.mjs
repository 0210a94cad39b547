// A stream that nobody takes values from does not keep the program alive; one that is read does.
import { $spawn, $stream } from 'experimental-threads/internal'

import { boot } from './support.mjs'

boot()
const load = new URL('../modules/streams.mjs?run=count', import.meta.url).href
const site = { p: 1, load, name: 'count', at: 'src/a.ts:12:8', captures: ['n'], blocks: false, stream: $stream }
const [left, read] = [1, 2].map(() => $spawn(site, null, undefined, [1000]))
let sum = 0
for await (const value of read) sum += value
console.log(sum, (await left.next()).value)
