// A wait that does not keep the program alive, beside one that was given up.

import { Mutex } from 'experimental-threads'

const mutex = new Mutex()
await mutex.lock()
mutex.lock({ unref: true }).then(() => console.log('never'))
const gaveUp = new AbortController()
mutex.lock({ signal: gaveUp.signal }).catch((error) => console.log(error.name))
mutex.lock({ timeout: 30 }).catch((error) => console.log(error.name))
gaveUp.abort()
