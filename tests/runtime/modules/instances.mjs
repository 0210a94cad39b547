// Worker modules of one closure each, `?run=name`, with a list of classes as generated code writes it.

import { $classes } from 'experimental-threads/internal'

import * as shapes from './shapes.mjs'

const byName = new Map(Object.entries(shapes))
const { searchParams } = new URL(import.meta.url)
const named = (searchParams.get('named') ?? '').split(',').filter(Boolean)
const addressed = (searchParams.get('addressed') ?? '').split(',').filter(Boolean)
const missing = searchParams.get('missing')

const closures = {
  echo: (value) => () => value,
  isVec: (value) => () => value instanceof shapes.Vec,
  lengths: (values) => () => values.map((value) => value.length()),
  makeVec: () => () => new shapes.Vec(3, 4),
  throwAppError: () => () => {
    throw new shapes.AppError('failed', 42)
  },
  describe: (value) => () => ({
    names: Reflect.ownKeys(value).map(String),
    frozen: Object.isFrozen(value),
    type: value.constructor.name,
    calls: shapes.calls(),
  }),
  keys: (value) => () => [Object.keys(value), Object.getPrototypeOf(value) === shapes.Vec.prototype, value.polluted],
}

export const run = closures[searchParams.get('run')]
export const classes = $classes([
  ...named.map((name) => [name, () => byName.get(name)]),
  ...addressed.map((name) => [name, null, name, new URL('./shapes.mjs', import.meta.url).href]),
  ...(missing === null ? [] : [[missing, null, missing, new URL('./no-such-module.mjs', import.meta.url).href]]),
])
