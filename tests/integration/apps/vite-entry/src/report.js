import { spawn } from 'experimental-threads'

import { limits } from './main.js'

spawn(() => limits.rows).then((outcome) => Object.assign(globalThis, { outcome }))
