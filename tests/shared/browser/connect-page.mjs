import { connect, Mutex } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { codeOf } from './page-support.mjs'

const begin = (name) => new Worker('joining-worker.js', { type: 'module', name })

/** What the worker posts next. None of our messages may be among it. */
const heard = (worker) =>
  new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data), { once: true })
    worker.addEventListener('error', reject)
  })

/** Workers of the page count; one is connected before it asks, one after. The last one is ended with the lock in its hands. */
globalThis.joinPage = async () => {
  const mutex = $shared(Mutex, 'joined', 'h', () => [new Int32Array(new SharedArrayBuffer(4))])
  const counts = []
  const seen = []
  for (const late of [false, true]) {
    const worker = begin('mine')
    if (late) await new Promise((resolve) => worker.addEventListener('message', resolve, { once: true }))
    connect(worker)
    connect(worker)
    await heard(worker)
    const said = heard(worker)
    worker.postMessage('count')
    seen.push(await said)
    const guard = await mutex.lock()
    counts.push(guard.value[0])
    guard.unlock()
    worker.terminate()
  }
  const worker = begin('mine')
  connect(worker)
  await heard(worker)
  const said = heard(worker)
  worker.postMessage('keep')
  await said
  worker.terminate()
  const { code, message } = await mutex.lock().catch((error) => error)
  const codes = [await codeOf(() => connect({})), await codeOf(() => connect())]
  return { counts, seen, refused: `${code}: ${message.replace(/:.*/, '')}`, codes }
}

globalThis.joinLate = () => {
  const worker = new Worker('unconnected-worker.js', { type: 'module' })
  connect(worker)
  return heard(worker)
}

globalThis.connectBare = () => codeOf(() => connect(begin('mine')))
