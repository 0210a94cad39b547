/** The kinds of values that programs compute with, as nodes. */

import { expression } from '../tree.ts'
import type { Shape } from './context.ts'

const SMALLEST: Record<Shape, string> = { number: '1', string: "''", list: '[1]', record: '({ a: 1, b: 2 })' }

export const number = expression('number', SMALLEST.number)
export const string = expression('string', SMALLEST.string)
export const list = expression('list', SMALLEST.list)
export const record = expression('record', SMALLEST.record)

export const OF_SHAPE = { number, string, list, record }

/** The names of the properties of every record. */
export const KEYS = ['a', 'b'] as const
