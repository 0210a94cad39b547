// @ts-check
// What `multithreading` reads unguarded, and Node 20 does not have.

import { availableParallelism } from 'node:os'

const host = /** @type {any} */ (globalThis)
host.navigator ??= { hardwareConcurrency: availableParallelism() }
host.Promise.withResolvers ??= () => {
  /** @type {any} */
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}
