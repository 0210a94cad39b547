// @ts-check

import { fileURLToPath } from 'node:url'

import { FixedThreadPool } from 'poolifier'

/** @param {number} threads @returns {Promise<import('../measures.mjs').Pool>} */
export async function open(threads) {
  const pool = new FixedThreadPool(threads, fileURLToPath(new URL('poolifier-worker.mjs', import.meta.url)))
  return {
    nothing: (n) => pool.execute(n, 'nothing'),
    size: (buffer) => pool.execute(buffer, 'size', undefined, [buffer]),
    burn: (rounds) => pool.execute(rounds, 'burn'),
  }
}
