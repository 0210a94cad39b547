// @ts-check
// Functions travel as text, so what they do stands here again. What it needs and Node 20 lacks is in `shims.mjs`, before it.

import './shims.mjs'

import { initRuntime, move, spawn } from 'multithreading'

/** @param {Promise<{ ok: boolean, value?: any, error?: unknown }>} joined */
async function valueOf(joined) {
  const { ok, value, error } = await joined
  if (!ok) throw error
  return value
}

/** @param {number} threads @returns {Promise<import('../measures.mjs').Pool>} */
export async function open(threads) {
  initRuntime({ maxWorkers: threads })
  return {
    nothing: (n) => valueOf(spawn(move(n), (n) => n).join()),
    size: (buffer) => valueOf(spawn(move(buffer), (buffer) => buffer.byteLength).join()),
    burn: (rounds) =>
      valueOf(
        spawn(move(rounds), (rounds) => {
          let hash = 2_166_136_261
          for (let round = 0; round < rounds; round++) hash = Math.imul(hash ^ round, 16_777_619)
          return hash
        }).join(),
      ),
  }
}
