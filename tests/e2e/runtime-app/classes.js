// Classes whose instances cross, on both sides.
import { $classes } from 'experimental-threads/internal'
import { deserialize, serialize } from 'experimental-threads'

export class Vec {
  x = 1
}

/** Its hook throws where an instance arrives. */
export class Torn {
  y = 1

  static [serialize](torn) {
    return torn.y
  }

  static [deserialize]() {
    throw new RangeError('torn')
  }
}

/** The page knows it by an address that is not served. */
export class Gone {
  z = 1
}

const VEC = 'Vec_0123456789abcdef'
const TORN = 'Torn_0123456789abcdef'
const GONE = 'Gone_0123456789abcdef'

export const inThread = $classes([
  [VEC, () => Vec],
  [TORN, () => Torn],
  [GONE, () => Gone],
])

/** `Vec` is not among them. */
export const onPage = $classes([
  [TORN, () => Torn],
  [GONE, null, 'Gone', new URL('./missing.js', import.meta.url).href],
])
