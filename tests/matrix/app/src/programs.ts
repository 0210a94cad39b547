/** Every program: one list for every host. A feature of the runtime or the transform joins the matrix here and in `expected.ts`. */

import { aborts } from './programs/aborts.ts'
import { blocking } from './programs/blocking.ts'
import { callbacks } from './programs/callbacks.ts'
import { classes } from './programs/classes.ts'
import { collections } from './programs/collections.ts'
import { constants } from './programs/constants.ts'
import { crowd } from './programs/crowd.ts'
import { dynamicLocks } from './programs/dynamic-locks.ts'
import { enums } from './programs/enums.ts'
import { errors } from './programs/errors.ts'
import { functions } from './programs/functions.ts'
import { imports } from './programs/imports.ts'
import { instances } from './programs/instances.ts'
import { large } from './programs/large.ts'
import { moments } from './programs/moments.ts'
import { names } from './programs/names.ts'
import { nested } from './programs/nested.ts'
import { ports } from './programs/ports.ts'
import { primitives } from './programs/primitives.ts'
import { refusals } from './programs/refusals.ts'
import { scopes } from './programs/scopes.ts'
import { shared } from './programs/shared.ts'
import { streams } from './programs/streams.ts'
import { tasks } from './programs/tasks.ts'
import { transfers } from './programs/transfers.ts'

export const programs: Record<string, () => Promise<unknown>> = {
  primitives,
  collections,
  moments,
  functions,
  classes,
  instances,
  enums,
  constants,
  imports,
  nested,
  tasks,
  streams,
  callbacks,
  scopes,
  shared,
  dynamicLocks,
  blocking,
  errors,
  refusals,
  aborts,
  transfers,
  ports,
  names,
  crowd,
  large,
}
