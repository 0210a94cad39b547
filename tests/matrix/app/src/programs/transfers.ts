import { move, spawn } from 'experimental-threads'

export async function transfers(): Promise<unknown> {
  const bytes = new Uint8Array([1, 2, 3]).buffer
  const back = await spawn(move(bytes), (given) => move(new Uint8Array(given).map((n) => n * 2).buffer))
  const listed = new Uint8Array([7])
  const sum = await spawn(() => listed[0], { transfer: [listed.buffer] })
  return [bytes.byteLength, [...new Uint8Array(back)], sum, listed.byteLength]
}
