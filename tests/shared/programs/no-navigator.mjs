// Runs where no `navigator` is, as in Node 20; newer ones have it taken away.
import assert from 'node:assert/strict'

delete globalThis.navigator
assert.equal(typeof navigator, 'undefined')

const { channel, Mutex, Semaphore, shutdown } = await import('experimental-threads')

const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)))
const guard = await mutex.lock()
guard.value[0]++
guard.unlock()
new Semaphore(1).tryAcquire().release()
const [sender, receiver] = channel(1)
await sender.send('sent')
assert.deepEqual(await receiver.recv(), { ok: true, value: 'sent' })
await shutdown()
