// @ts-check

import { fileURLToPath } from 'node:url'

import workerpool from 'workerpool'

/** @param {number} threads @returns {Promise<import('../measures.mjs').Pool>} */
export async function open(threads) {
  const file = fileURLToPath(new URL('workerpool-worker.mjs', import.meta.url))
  const pool = workerpool.pool(file, { workerType: 'thread', minWorkers: threads, maxWorkers: threads })
  return {
    nothing: (n) => pool.exec('nothing', [n]),
    size: (buffer) => pool.exec('size', [buffer], { transfer: [buffer] }),
    burn: (rounds) => pool.exec('burn', [rounds]),
  }
}
