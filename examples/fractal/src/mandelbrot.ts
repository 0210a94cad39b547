// The mathematics: nothing here knows about threads, tiles or colours.
//
// Doubles end at a zoom of 1e-15. So one orbit, that of the picture's centre, is computed with 256-bit integers,
// and every pixel only follows its small difference from that orbit, for which doubles are enough.

/** Binary digits after the point: 77 decimal digits. */
const BITS = 256
const ONE = 2 ** BITS

/** A double as fixed-point number. */
export function toFixed(value: number): bigint {
  return BigInt(Math.round(value * ONE))
}

/** A decimal such as `-0.7436438870371587` as fixed-point number, with all its digits. */
export function parseFixed(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.')
  const value = (BigInt(whole + fraction) << BigInt(BITS)) / 10n ** BigInt(fraction.length)
  return decimal.startsWith('-') ? -value : value
}

/** The orbit of `x + iy` as pairs of doubles, in shared memory: as long as it stays near, `iterations` at most. */
export function referenceOrbit(x: bigint, y: bigint, iterations: number): Float64Array {
  const orbit: number[] = []
  const bits = BigInt(BITS)
  let [zx, zy] = [0n, 0n]
  for (let n = 0; n <= iterations; n++) {
    const [real, imaginary] = [Number(zx) / ONE, Number(zy) / ONE]
    orbit.push(real, imaginary)
    if (real * real + imaginary * imaginary > 16) break
    ;[zx, zy] = [((zx * zx - zy * zy) >> bits) + x, ((zx * zy) >> (bits - 1n)) + y]
  }
  const shared = new Float64Array(new SharedArrayBuffer(orbit.length * 8))
  shared.set(orbit)
  return shared
}

/**
 * How many steps the point at distance `cx + i cy` from the centre takes to escape, with a smooth fraction;
 * `iterations` when it does not.
 */
export function escapeTime(orbit: Float64Array, cx: number, cy: number, iterations: number): number {
  const last = orbit.length - 2
  let [dx, dy, at] = [0, 0, 0]
  for (let n = 1; n <= iterations; n++) {
    const sx = 2 * orbit[at]! + dx
    const sy = 2 * orbit[at + 1]! + dy
    const next = sx * dx - sy * dy + cx
    dy = sx * dy + sy * dx + cy
    dx = next
    at += 2
    const x = orbit[at]! + dx
    const y = orbit[at + 1]! + dy
    const squared = x * x + y * y
    if (squared > 1e6) return n + 1 - Math.log2(Math.log2(squared) / 2)
    // Where the orbit is nearer to zero than to the reference, it goes on from the reference's start:
    // the difference would lose its digits, and so show as blots in the picture.
    if (squared < dx * dx + dy * dy || at === last) {
      dx = x
      dy = y
      at = 0
    }
  }
  return iterations
}
