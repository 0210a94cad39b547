// @ts-check
// It has no pool: calls go to the workers in turn.

import { Worker } from 'node:worker_threads'

import { transfer, wrap } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'

/** @param {number} threads @returns {Promise<import('../measures.mjs').Pool>} */
export async function open(threads) {
  const workers = Array.from({ length: threads }, () => new Worker(new URL('comlink-worker.mjs', import.meta.url)))
  /** @type {import('comlink').Remote<typeof import('./tasks.mjs')>[]} */
  const remotes = workers.map((worker) => wrap(nodeEndpoint(worker)))
  let turn = 0
  const next = () => /** @type {(typeof remotes)[0]} */ (remotes[turn++ % threads])
  return {
    nothing: (n) => next().nothing(n),
    size: (buffer) => next().size(transfer(buffer, [buffer])),
    burn: (rounds) => next().burn(rounds),
  }
}
