import { boot, start } from './support.mjs'

boot()
const outcome = await start('throwRange', [1]).join()
console.log(outcome.ok, outcome.error.message)
