// A worker that a user has started: does what it was given.

import { parentPort, Worker, workerData } from 'node:worker_threads'

import { connect } from 'experimental-threads'
import { hit, hits } from '../modules/joined.mjs'

await connect()
switch (workerData) {
  case 'counts':
    await hit(1000)
    hits.value.blockingLock().unlock()
    parentPort.postMessage('counted')
    break
  case 'keeps':
    hits.value.blockingLock()
    parentPort.postMessage('keeps')
    parentPort.on('message', () => process.exit(0))
    break
  case 'nests': {
    const inner = new Worker(new URL(import.meta.url), { workerData: 'keeps' })
    inner.on('message', (said) => parentPort.postMessage(said))
  }
}
