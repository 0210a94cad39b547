// What the programs of this folder need: they are run by Node alone, as a user's program is.
import { $boot, $spawn } from 'experimental-threads/internal'

export function boot() {
  $boot(new URL('../../../pkg/runtime/dist/worker.js', import.meta.url).href)
}

export function start(name, captures = [], options = undefined) {
  const load = new URL(`../modules/closures.mjs?run=${name}`, import.meta.url).href
  const site = { p: 1, load, name, at: 'src/a.ts:12:8', captures: ['first', 'second'], blocks: false }
  return $spawn(site, null, options, captures)
}
