// Messages and a value that need more memory than there is for them.
import { channel, configure, SharedJsonBuffer } from 'experimental-threads'

configure({ maxSharedBytes: 2 ** 20 })
const [tx, rx] = channel(4)
const state = new SharedJsonBuffer({ text: '' })
const operations = [
  () => tx.send(new Uint8Array(2 ** 21)),
  () => tx.trySend('ü'.repeat(2 ** 20)),
  () => (state.text = 'x'.repeat(2 ** 21)),
]
for (const operation of operations) {
  try {
    await operation()
    console.log('nothing was thrown')
  } catch (error) {
    console.log(error.code)
  }
}
// Whatever failed took no memory with it, and no place.
for (let round = 0; round < 100; round++) {
  await tx.send(new Uint8Array(300_000))
  await rx.recv()
}
state.text = 'short'
console.log((await tx.send('small')).ok, (await rx.recv()).value, JSON.stringify(state))
