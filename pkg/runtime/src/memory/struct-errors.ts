// Errors of shared structs (E322, R522).

import { SharedMemoryError } from './shared-errors.ts'

/** `path`: of the field in the schema; empty for the schema itself. */
export const badField = (path: string, what: string): SharedMemoryError =>
  new SharedMemoryError(
    'E322',
    `${path === '' ? 'the schema' : `the field \`${path}\``} of a shared struct cannot be ${what}: fields are numbers ('i8' to 'u64', 'f32', 'f64'), 'bool', 'string:64', arrays such as 'f64[16]', objects of fields, and lists of such objects, \`[{ x: 'f64' }, 100]\``,
  )

export const badFieldValue = (name: string, type: string, what: string): SharedMemoryError =>
  new SharedMemoryError('R522', `the field \`${name}\` holds ${type}, and not ${what}`)
