// @ts-check

import { parentPort } from 'node:worker_threads'

import { burn, nothing, size } from './tasks.mjs'

const tasks = { nothing, size, burn }

parentPort?.on('message', ([task, value]) =>
  parentPort?.postMessage(tasks[/** @type {keyof typeof tasks} */ (task)](/** @type {never} */ (value))),
)
