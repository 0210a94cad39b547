/** How values look as bytes: the tags that `bytes-writer.ts` writes and `bytes-reader.ts` reads. Part of the protocol. */

export const UNDEFINED = 0
export const NULL = 1
export const TRUE = 2
export const FALSE = 3
/** Zigzag, seven bits a byte. */
export const INTEGER = 4
/** Eight bytes, not aligned. */
export const DOUBLE = 5
/** Sign, number of bytes, magnitude from the lowest byte on. */
export const BIGINT = 6
/** Length in bytes, one byte a character below 128. */
export const ASCII = 7
/** Length in code units, two bytes each: lone surrogates stay what they are. */
export const UTF16 = 8
/** Length, the items. A `HOLE` stands for an item that is not there. */
export const ARRAY = 9
/** Length, the items, then number of other properties, names and values. */
export const WIDE_ARRAY = 10
export const HOLE = 11
/** Number of properties, names and values. */
export const OBJECT = 12
export const MAP = 13
export const SET = 14
/** As DOUBLE. */
export const DATE = 15
/** Source and flags, two strings. */
export const REGEXP = 16
/** The value that is boxed. */
export const BOXED = 17
/** Length, the bytes. */
export const BUFFER = 18
/** Its type, offset and length, then the buffer as a value. */
export const VIEW = 19
/** Which buffer of the bank. */
export const SHARED_BUFFER = 20
/** An object that came before: its number in the order in which objects began. */
export const REFERENCE = 21
/** A packet of the runtime's codec as a value: what was sent is its only value. */
export const PACKET = 22
/** As BUFFER: a `Uint8Array` of its own, the most common view. */
export const BYTES = 23
