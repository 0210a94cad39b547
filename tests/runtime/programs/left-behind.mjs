import { boot, start } from './support.mjs'

boot()
console.log(await start('leaveBehind'))
await new Promise((resolve) => setTimeout(resolve, 300))
console.log(await start('add', [1, 2]))
