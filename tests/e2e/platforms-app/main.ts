import { Mutex, spawn } from 'experimental-threads'

const lock = new Mutex()
const n = 20

const name = (error: { name: string; code?: string; message: string; cause?: Error }) => ({
  name: error.name,
  code: error.code,
  message: error.message,
  cause: error.cause?.message,
})

const spawned = await spawn(() => n + 1).catch(name)
const locked = await lock.lock().then((guard) => guard.unlock(), name)
Object.assign(globalThis, { outcome: { spawned, locked } })
