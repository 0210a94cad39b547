// @ts-check

import { Tinypool } from 'tinypool'

/** @param {number} threads @returns {Promise<import('../measures.mjs').Pool>} */
export async function open(threads) {
  const filename = new URL('tasks.mjs', import.meta.url).href
  const pool = new Tinypool({ filename, minThreads: threads, maxThreads: threads })
  return {
    nothing: (n) => pool.run(n, { name: 'nothing' }),
    size: (buffer) => pool.run(buffer, { name: 'size', transferList: [buffer] }),
    burn: (rounds) => pool.run(rounds, { name: 'burn' }),
  }
}
