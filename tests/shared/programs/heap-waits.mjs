// Messages that find no memory while others wait to be received: who sends them waits, awaiting and blocking, on any channel.
import { channel, configure, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

$boot(new URL('../../../pkg/runtime/dist/worker.js', import.meta.url).href)
configure({ maxSharedBytes: 2 ** 20, maxThreads: 2 })

const run = (name, captures, blocks = false) =>
  $spawn(
    {
      p: 1,
      load: new URL(`../modules/channels.mjs?run=${name}`, import.meta.url).href,
      name,
      at: 'src/a.ts:1:1',
      captures: captures.map((_, index) => `c${index}`),
      blocks,
    },
    null,
    undefined,
    captures,
  )

const SIZE = 300_000
const [tx, rx] = channel(64)
const [otherTx, otherRx] = channel(64)
const text = new Uint8Array(SIZE)
while ((await tx.send(text, { timeout: 0 }).catch(({ code }) => ({ code }))).code !== 'R537');
console.log('full', tx.trySend(text).error.code, otherTx.trySend(1).ok)
const small = otherTx.send('small')
const waiting = [tx.send(text), otherTx.send(text)]
const late = await otherTx.send(text, { timeout: 30 }).catch(({ code }) => code)
const blocked = run('sendsLarge', [tx, SIZE, 20], true)
let received = 0
const receive = (async () => {
  for await (const bytes of rx) {
    if (bytes.length !== SIZE) console.log('another message')
    received++
  }
})()
console.log(late, (await small).ok, ...(await Promise.all(waiting)).map(({ ok }) => ok))
console.log((await otherRx.recv()).value, (await otherRx.recv()).value, (await otherRx.recv()).value.length === SIZE)
console.log(await blocked)
tx.close()
await receive
console.log(received > 21)
// Threads that die with all ends of a channel in their hands: its slots and the messages in them come back.
for (let round = 0; round < 12; round++) {
  await run('diesWithChannel', []).catch(() => {})
}
const [lastTx, lastRx] = channel(1)
await lastTx.send(new Uint8Array(700_000))
console.log((await lastRx.recv()).value.length)
await shutdown()
