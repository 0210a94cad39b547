// Views worth a look, all on the way down to one point that is known to 75 digits.

import { parseFixed } from './mandelbrot.ts'
import type { View } from './render.ts'

const x = parseFixed('-0.743643887036184562364537595592251959829928977188635100490350508361278282481')
const y = parseFixed('0.131825904205678342629042263259898198676383271888965194956618424181432023288')

export const PLACES: Record<string, View> = {
  'The whole set': { x: parseFixed('-0.6'), y: 0n, width: 3.6 },
  'Valley, 1e-2': { x, y, width: 1e-2 },
  'A small copy, 1e-5': { x, y, width: 1e-5 },
  'Double spiral, 1e-9': { x, y, width: 1e-9 },
  'Eight whorls, 1e-16': { x, y, width: 1e-16 },
  'Six islands, 1e-18': { x, y, width: 1e-18 },
  'The smallest copy, 4e-22': { x, y, width: 4e-22 },
}
export const FIRST_PLACE = 'Eight whorls, 1e-16'
