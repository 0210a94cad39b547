// A signal of the program's own that fails when nobody listens to it any more.
import { boot, start } from './support.mjs'

boot()
process.on('uncaughtException', (error) => console.log('uncaught', error.message))
const signal = {
  aborted: false,
  addEventListener() {},
  removeEventListener() {
    throw new RangeError('broken')
  },
}
console.log(await start('add', [1, 2], { signal }), await start('add', [3, 4]))
