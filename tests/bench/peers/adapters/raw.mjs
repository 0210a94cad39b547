// @ts-check
// Workers and `postMessage` alone: what everything else is measured against.

import { Worker } from 'node:worker_threads'

/** @param {number} threads @returns {Promise<import('../measures.mjs').Pool>} */
export async function open(threads) {
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('raw-worker.mjs', import.meta.url))
    /** @type {((value: any) => void)[]} */
    const waiting = []
    worker.on('message', (value) => waiting.shift()?.(value))
    return { worker, waiting }
  })
  let turn = 0
  /** @param {string} task @param {unknown} value @param {ArrayBuffer[]} [moved] */
  const ask = (task, value, moved) =>
    new Promise((resolve) => {
      const { worker, waiting } = /** @type {(typeof workers)[0]} */ (workers[turn++ % threads])
      waiting.push(resolve)
      worker.postMessage([task, value], moved)
    })
  return {
    nothing: (n) => ask('nothing', n),
    size: (buffer) => ask('size', buffer, [buffer]),
    burn: (rounds) => ask('burn', rounds),
  }
}
