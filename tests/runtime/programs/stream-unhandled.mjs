// A stream that fails, and that nobody asks for anything.
import { $spawn, $stream } from 'experimental-threads/internal'

import { boot } from './support.mjs'

boot()
const load = new URL('../modules/streams.mjs?run=failAfter', import.meta.url).href
const site = { p: 1, load, name: 'failAfter', at: 'src/a.ts:12:8', captures: ['n'], blocks: false, stream: $stream }
$spawn(site, null, undefined, [1])
setTimeout(() => {}, 2000)
