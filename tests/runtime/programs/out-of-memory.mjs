import { boot, start } from './support.mjs'

boot()
const { error } = await start('hoard').join()
console.log(error.name, error.cause.code)
console.log(await start('add', [1, 2]))
