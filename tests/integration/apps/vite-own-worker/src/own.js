import { spawn } from 'experimental-threads'

import { echo } from './echo.js'
import { shout } from './shout.js'

// Cannot be cloned, so each thread makes it anew. Its own closure refers to it.
const voice = {
  twice: (text) => echo(text),
  later: (text) => spawn(() => voice.twice(text)),
}
const choir = { voice }

async function main() {
  // Spawns itself, in the very module that it refers to.
  async function countDown(n) {
    return spawn(async () => (n > 0 ? 1 + (await countDown(n - 1)) : 0))
  }
  return Promise.all([
    spawn(() => shout('from a thread')),
    spawn(() => voice.twice('la')),
    spawn(() => choir.voice.later('lo')),
    countDown(2),
  ])
}

main().then(
  ([said, ...rest]) => postMessage({ said, rest, here: shout(echo('from my own worker')) }),
  (error) => postMessage({ failed: String(error.stack) }),
)
