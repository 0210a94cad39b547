// @ts-check
// Built by the esbuild plugin before it is measured, as programs are.

import { configure, move, spawn } from 'experimental-threads'

/** @param {number} threads @returns {Promise<import('../measures.mjs').Pool>} */
export async function open(threads) {
  configure({ maxThreads: threads, idleTimeout: Infinity })
  return {
    nothing: (n) => spawn(() => n),
    size: (buffer) => spawn(move(buffer), (buffer) => buffer.byteLength),
    burn: (rounds) =>
      spawn(() => {
        let hash = 2_166_136_261
        for (let round = 0; round < rounds; round++) hash = Math.imul(hash ^ round, 16_777_619)
        return hash
      }),
  }
}
