// A worker that was started before its program had shared memory.

import { isMainThread, Worker } from 'node:worker_threads'

import { connect, Mutex } from 'experimental-threads'

const codeOf = async (operation) => {
  try {
    await operation()
    return 'nothing'
  } catch (error) {
    return error.code
  }
}

if (isMainThread) {
  console.log(`main, without a worker: ${await codeOf(() => connect())}`)
  const worker = new Worker(new URL(import.meta.url), { stdout: true })
  console.log(`main, of a worker that was started before: ${await codeOf(() => connect(worker))}`)
  worker.stdout.pipe(process.stdout)
} else {
  new Mutex().tryLock()
  console.log(`worker: ${await codeOf(() => connect())}`)
}
