import { spawn } from 'experimental-threads'

import { shout } from './shout.js'

spawn(() => shout('from a thread')).then(
  (said) => postMessage({ said, here: shout('from my own worker') }),
  (error) => postMessage({ failed: String(error.stack) }),
)
