import { $boot, $spawn } from 'experimental-threads/internal'

$boot(new URL('../../../pkg/runtime/dist/worker.js', import.meta.url).href)
const load = new URL('../modules/early.mjs', import.meta.url).href
const site = { p: 1, load, name: 'counts', at: 'src/a.ts:1:1', captures: [], blocks: false }
console.log(await $spawn(site, null, undefined, []))
const { threads } = await import(load)
console.log(threads.load())
