import { boot, start } from './support.mjs'

boot()
let list = { next: null }
for (let index = 0; index < Number(process.argv[2]); index++) list = { next: list }
const { error } = await start('add', [list, 1]).join()
console.log(error.code, error.message)
console.log(await start('add', [1, 2]))
