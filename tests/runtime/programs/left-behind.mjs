import { stats } from 'experimental-threads'

import { boot, start } from './support.mjs'

boot()
console.log(await start('leaveBehind'))
// The worker ends when nobody catches what the thread left behind.
while (stats().workers > 0) await new Promise((resolve) => setTimeout(resolve, 5))
console.log(await start('add', [1, 2]))
