import { boot, start } from './support.mjs'

boot()
console.log(await start('add', [1, 2]))
process.on('exit', () =>
  console.log('exit', process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length),
)
