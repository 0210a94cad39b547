// A page with nothing but `spawn`: the parts of the runtime that most programs do not need are loaded when they are used.
import { $boot, $spawn } from 'experimental-threads/internal'

if (!location.search.includes('no-boot')) $boot('./worker.js')

const load = (name) => new URL(`./chunks.js?run=${name}`, import.meta.url).href

async function start(name, captures = []) {
  const site = { p: 1, load: load(name), name, at: 'src/a.ts:12:8', captures: ['a', 'b'], blocks: false }
  const { value, error } = await $spawn(site, null, undefined, captures).join()
  return error === undefined ? value : [error.name, error.code, error.cause?.code ?? error.cause?.name]
}

globalThis.noBoot = async () => {
  try {
    await start('add', [1, 2])
  } catch (error) {
    return [error.code, error.message]
  }
}

globalThis.scenario = async () => [
  await start('add', [1, 2]),
  await start('throwRange'),
  (await start('echo', [new RangeError('sent')])).name,
  await start('broken'),
  (await start('echo', [{ list: [1, new Map([[2, 3]])] }])).list[1].get(2),
]
