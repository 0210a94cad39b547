// @ts-check
// It moves nothing, so a buffer is not asked of it.

import { fileURLToPath } from 'node:url'

import { Worker } from 'jest-worker'

/** @param {number} threads @returns {Promise<import('../measures.mjs').Pool>} */
export async function open(threads) {
  const file = fileURLToPath(new URL('tasks.mjs', import.meta.url))
  const exposedMethods = ['nothing', 'burn']
  const pool = /** @type {any} */ (new Worker(file, { numWorkers: threads, enableWorkerThreads: true, exposedMethods }))
  return {
    nothing: (n) => pool.nothing(n),
    burn: (rounds) => pool.burn(rounds),
  }
}
