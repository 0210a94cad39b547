// The page: shows a view, draws it on threads, then once in place to compare time and pixels.

import { toFixed } from './mandelbrot.ts'
import { FIRST_PLACE, PLACES } from './places.ts'
import { type Picture, type View, cancel, countTiles, drawInPlace, drawOnThreads, newPicture } from './render.ts'

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const canvas = element<HTMLCanvasElement>('picture')
const context = canvas.getContext('2d')!
const slider = element<HTMLInputElement>('threads')
const compare = element<HTMLInputElement>('compare')
const place = element<HTMLSelectElement>('place')

let view: View = PLACES[FIRST_PLACE]!
/** Pictures that are being drawn: another view cancels them. */
const drawing = new Set<Picture>()
/** The serial drawing of the view on show, once it is there. */
let serial: { milliseconds: number; pixels: Uint32Array } | undefined

function paint(picture: Picture): void {
  // A canvas does not take shared memory, so the pixels are copied.
  const image = new ImageData(picture.width, picture.height)
  new Uint32Array(image.data.buffer).set(picture.pixels)
  context.putImageData(image, 0, 0)
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`
const write = (id: string, text: string): void => void (element(id).textContent = text)

/** Draws with `draw` and calls `onProgress` now and then until it is done. Returns null when another view came between. */
async function drawLive(
  picture: Picture,
  draw: (picture: Picture) => Promise<number>,
  onProgress: () => void,
): Promise<number | null> {
  drawing.add(picture)
  // A few times a second and not in every frame: painting takes a core from the threads.
  const timer = setInterval(() => drawing.has(picture) && onProgress(), 125)
  try {
    const milliseconds = await draw(picture)
    return drawing.has(picture) ? milliseconds : null
  } finally {
    clearInterval(timer)
    drawing.delete(picture)
  }
}

function stopDrawing(): void {
  for (const picture of drawing) cancel(picture)
  drawing.clear()
}

async function show(next: View): Promise<void> {
  stopDrawing()
  if (next !== view) serial = undefined
  view = next

  const threads = Number(slider.value)
  const picture = newPicture(view, canvas.width, canvas.height)
  const start = performance.now()
  write('threads-label', threads === 1 ? '1 thread' : `${threads} threads`)
  write('zoom', `width ${view.width.toExponential(1)} · ${picture.iterations.toLocaleString('en')} steps at most`)
  write('speed-up', '')
  write('serial', serial ? seconds(serial.milliseconds) : '–')
  const milliseconds = await drawLive(
    picture,
    (it) => drawOnThreads(it, threads),
    () => {
      paint(picture)
      write('threaded', seconds(performance.now() - start))
    },
  )
  if (milliseconds === null) return
  paint(picture)
  write('threaded', seconds(milliseconds))

  if (!serial && compare.checked) {
    const again = newPicture(view, canvas.width, canvas.height)
    const percent = (): string =>
      `${Math.floor((100 * Math.min(again.next[0]!, countTiles(again))) / countTiles(again))} %`
    const spent = await drawLive(again, drawInPlace, () => write('serial', percent()))
    if (spent === null) return
    serial = { milliseconds: spent, pixels: again.pixels }
    write('serial', seconds(spent))
  }
  if (!serial) return
  const equal = picture.pixels.every((pixel, at) => pixel === serial!.pixels[at])
  write(
    'speed-up',
    `${(serial.milliseconds / milliseconds).toFixed(2)}× ${equal ? 'faster, every pixel equal' : 'but the pixels differ'}`,
  )
}

/** The view around a point of the canvas, `factor` times as wide. */
function zoomed(event: MouseEvent, factor: number): View {
  const box = canvas.getBoundingClientRect()
  const right = ((event.clientX - box.left) / box.width - 0.5) * view.width
  const up = (0.5 - (event.clientY - box.top) / box.height) * view.width * (canvas.height / canvas.width)
  return { x: view.x + toFixed(right), y: view.y + toFixed(up), width: Math.min(view.width * factor, 4) }
}

canvas.addEventListener('click', (event) => show(zoomed(event, event.shiftKey ? 4 : 1 / 4)))
slider.addEventListener('input', () => show(view))
compare.addEventListener('change', () => show(view))
place.addEventListener('change', () => show(PLACES[place.value]!))

/** For tests and the console: draws one place, in place (0) or on threads, without showing it. */
async function draw(threads: number, { name = FIRST_PLACE, width = 480, height = 300 } = {}) {
  stopDrawing()
  const picture = newPicture(PLACES[name]!, width, height)
  const milliseconds = threads === 0 ? await drawInPlace(picture) : await drawOnThreads(picture, threads)
  return { milliseconds, pixels: picture.pixels }
}
Object.assign(window, { fractal: { draw } })

slider.max = slider.value = String(navigator.hardwareConcurrency)
place.append(...Object.keys(PLACES).map((name) => new Option(name, name, false, name === FIRST_PLACE)))
if (crossOriginIsolated) void show(view)
else
  write(
    'zoom',
    'This page needs shared memory: serve it with Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy.',
  )
