import { channel, move, spawn } from 'experimental-threads'
import { words, wordsRead } from '../library/words.ts'

const [orders, served] = channel<{ n: number }>(2)

/** Channels of modules that end with the thread which the only sender is given to. */
export async function movedEnds(): Promise<unknown> {
  const sending = spawn(move(orders), async (orders) => {
    for (const n of [1, 2, 3]) await orders.send({ n })
  })
  let sum = 0
  for await (const { n } of served) sum += n
  await sending

  const speaking = spawn(move(words), async (words) => {
    for (const word of ['é', '日']) await words.send(word)
  })
  let text = ''
  for await (const word of wordsRead) text += word
  await speaking

  const here = await words.send('late')
  const there = await spawn(async () => {
    const late = await words.send('late')
    return late.ok || (late.error as { code?: string }).code
  })
  return [sum, text, here.ok || (here.error as { code?: string }).code, there]
}
