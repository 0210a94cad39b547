import { boot, start } from './support.mjs'

boot()
void start('never').unref()
console.log(await start('add', [1, 2]))
