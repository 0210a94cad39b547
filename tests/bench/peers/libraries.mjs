// @ts-check
// The libraries that are compared, and what of each a program carries: its side, and what its workers load.

/**
 * @typedef {object} Library
 * @property {string} name
 * @property {string} [client] the smallest program that runs something on a thread
 * @property {string} [worker] the smallest file of its workers; nothing where it is in the client
 * @property {'browser' | 'node'} [platform]
 * @property {boolean} [copies] it cannot move a buffer
 */

/** @type {readonly Library[]} */
export const LIBRARIES = [
  { name: 'raw' },
  {
    name: 'experimental-threads',
    client: `export { $boot, $spawn } from 'experimental-threads/internal'`,
    worker: `import 'experimental-threads/worker'`,
    platform: 'browser',
  },
  {
    name: 'comlink',
    client: `export { wrap, transfer } from 'comlink'`,
    worker: `export { expose } from 'comlink'`,
    platform: 'browser',
  },
  {
    name: 'workerpool',
    client: `import workerpool from 'workerpool'; export const { pool } = workerpool`,
    worker: `import workerpool from 'workerpool'; export const { worker } = workerpool`,
    platform: 'browser',
  },
  {
    name: 'multithreading',
    client: `export { spawn, move } from 'multithreading'`,
    worker: `import './node_modules/multithreading/src/browser/worker.js'`,
    platform: 'browser',
  },
  {
    name: 'tinypool',
    client: `export { Tinypool } from 'tinypool'`,
    worker: `import './node_modules/tinypool/dist/entry/worker.js'`,
    platform: 'node',
  },
  {
    name: 'piscina',
    client: `export { Piscina } from 'piscina'`,
    worker: `import './node_modules/piscina/dist/worker.js'`,
    platform: 'node',
  },
  {
    name: 'poolifier',
    client: `export { FixedThreadPool } from 'poolifier'`,
    worker: `export { ThreadWorker } from 'poolifier'`,
    platform: 'node',
  },
  {
    name: 'jest-worker',
    client: `export { Worker } from 'jest-worker'`,
    worker: `import './node_modules/jest-worker/build/threadChild.js'`,
    platform: 'node',
    copies: true,
  },
]
