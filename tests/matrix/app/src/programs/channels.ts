import { channel, move, spawn } from 'experimental-threads'

const [orders, served] = channel<{ at: Date; bytes: Uint8Array }>(2)

/** A channel of the module, one that is made here and ends with its only sender, and a closed one. */
export async function channels(): Promise<unknown> {
  const sum = spawn(async () => {
    let sum = 0
    for await (const { at, bytes } of served) sum += at.getTime() + bytes.length
    return sum
  })
  for (const n of [1, 2, 3]) await orders.send({ at: new Date(n), bytes: new Uint8Array(n) })
  orders.close()

  const [words, texts] = channel<string>()
  const sending = spawn(move(words), async (words) => {
    for (const word of ['é', '日', '😀'.repeat(200)]) await words.send(word)
  })
  let length = 0
  for await (const text of texts) length += text.length
  await sending

  const late = await orders.send({ at: new Date(), bytes: new Uint8Array(1) })
  return [await sum, length, late.ok || late.error.name]
}
