// Values that stand for work under way or for a thing outside. They cannot be in two places.

import { ASYNC_DISPOSE, DISPOSE } from '../dispose-symbols.ts'

/** A promise, a stream, a socket, a timer. */
export function isHandle(value: object): boolean {
  if (value instanceof EventTarget || value instanceof AbortController || isTransferable(value)) return true
  const { then, on, emit } = value as Record<string, unknown>
  if (typeof then === 'function' || (typeof on === 'function' && typeof emit === 'function')) return true
  return DISPOSE in value || ASYNC_DISPOSE in value
}

const TRANSFERABLE = [
  'MessagePort',
  'ImageBitmap',
  'OffscreenCanvas',
  'ReadableStream',
  'WritableStream',
  'TransformStream',
  'AudioData',
  'VideoFrame',
  'RTCDataChannel',
  'MediaSourceHandle',
]

/** A platform object that can be transferred, buffers apart. */
export function isTransferable(value: object): boolean {
  for (const name of TRANSFERABLE) {
    const type = (globalThis as Record<string, unknown>)[name]
    if (typeof type === 'function' && value instanceof type) return true
  }
  return isFileHandle(value)
}

/** Node's, whose class is no global: its prototype says by a symbol how it is moved. */
function isFileHandle(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype?.constructor?.name !== 'FileHandle') return false
  return Object.getOwnPropertySymbols(prototype).some(({ description }) => description === 'messaging_transfer_symbol')
}
