// Draws a picture in place or on threads. Both run `drawTiles`; only who calls it differs.

import { rgb } from 'd3-color'
import { interpolateRgbBasisClosed } from 'd3-interpolate'
import { schemeYlGnBu, schemeYlOrBr } from 'd3-scale-chromatic'
import { spawn } from 'experimental-threads'

import { escapeTime, referenceOrbit } from './mandelbrot.ts'

/** Where to look: the centre with 256 binary digits, and the width of the picture on the complex plane. */
export interface View {
  x: bigint
  y: bigint
  width: number
}

/** One picture in the making. Its arrays are shared memory: every thread reads and writes the same ones. */
export interface Picture {
  width: number
  height: number
  scale: number
  iterations: number
  orbit: Float64Array
  /** RGBA, one number a pixel. */
  pixels: Uint32Array
  /** The next tile that nobody has claimed. */
  next: Int32Array
}

const TILE = 32
const COLOURS = 2048

export function newPicture(view: View, width: number, height: number): Picture {
  const iterations = Math.round(500 + 200 * Math.log2(4 / view.width))
  return {
    width,
    height,
    scale: view.width / width,
    iterations,
    orbit: referenceOrbit(view.x, view.y, iterations),
    pixels: new Uint32Array(new SharedArrayBuffer(width * height * 4)),
    next: new Int32Array(new SharedArrayBuffer(4)),
  }
}

export function countTiles({ width, height }: Picture): number {
  return Math.ceil(width / TILE) * Math.ceil(height / TILE)
}

/** Makes whoever draws this picture stop after the tile in hand, on every thread. */
export function cancel(picture: Picture): void {
  Atomics.store(picture.next, 0, countTiles(picture))
}

/** Night blue to paper white to amber and back, as one number a colour. */
function makePalette(): Uint32Array {
  const stops = [...schemeYlGnBu[9]!.toReversed(), '#fffdf4', ...schemeYlOrBr[9]!, '#1c0b05', '#050a24']
  const colourAt = interpolateRgbBasisClosed(stops)
  return Uint32Array.from({ length: COLOURS }, (_, at) => {
    const { r, g, b } = rgb(colourAt(at / COLOURS))
    return (255 << 24) | (b << 16) | (g << 8) | r
  })
}

/** Claims tiles until none is left, and draws each; yields after every tile, so that a caller can look up. */
function* drawTiles(picture: Picture): Generator<void> {
  const { width, height, scale, iterations, orbit, pixels, next } = picture
  const palette = makePalette()
  const columns = Math.ceil(width / TILE)
  const tiles = columns * Math.ceil(height / TILE)
  for (let tile = Atomics.add(next, 0, 1); tile < tiles; tile = Atomics.add(next, 0, 1)) {
    const left = (tile % columns) * TILE
    const top = Math.floor(tile / columns) * TILE
    for (let y = top; y < Math.min(top + TILE, height); y++) {
      for (let x = left; x < Math.min(left + TILE, width); x++) {
        const steps = escapeTime(orbit, (x - width / 2) * scale, (height / 2 - y) * scale, iterations)
        pixels[y * width + x] =
          steps === iterations ? 0xff000000 : palette[Math.floor(Math.sqrt(steps) * 250) % COLOURS]!
      }
    }
    yield
  }
}

/** Draws on `threads` threads. Resolves to the milliseconds it took. */
export async function drawOnThreads(picture: Picture, threads: number): Promise<number> {
  const start = performance.now()
  const draw = () =>
    spawn(() => {
      for (const _ of drawTiles(picture));
    })
  await Promise.all(Array.from({ length: threads }, draw))
  return performance.now() - start
}

/** Draws in place, and lets the page breathe now and then. Resolves to the milliseconds spent drawing. */
export async function drawInPlace(picture: Picture): Promise<number> {
  let [spent, start] = [0, performance.now()]
  for (const _ of drawTiles(picture)) {
    const now = performance.now()
    if (now - start < 100) continue
    spent += now - start
    await new Promise(requestAnimationFrame)
    start = performance.now()
  }
  return spent + performance.now() - start
}
