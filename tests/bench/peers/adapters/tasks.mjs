// @ts-check
// What every library's threads are asked to do. Those that take functions as text have the same again in their adapter.

/** Nothing. @param {number} n */
export const nothing = (n) => n

/** Takes a buffer that was moved. @param {ArrayBuffer} buffer */
export const size = (buffer) => buffer.byteLength

/** Keeps a core busy. @param {number} rounds */
export function burn(rounds) {
  let hash = 2_166_136_261
  for (let round = 0; round < rounds; round++) hash = Math.imul(hash ^ round, 16_777_619)
  return hash
}
