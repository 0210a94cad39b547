/** Every program: one list for every host. A feature of the runtime or the transform joins the matrix here and in `expected.ts`. */

import { aborts } from './programs/aborts.ts'
import { atomics } from './programs/atomics.ts'
import { blocking } from './programs/blocking.ts'
import { callbacks } from './programs/callbacks.ts'
import { channels } from './programs/channels.ts'
import { classes } from './programs/classes.ts'
import { collections } from './programs/collections.ts'
import { condvars } from './programs/condvars.ts'
import { constants } from './programs/constants.ts'
import { crowd } from './programs/crowd.ts'
import { dynamicLocks } from './programs/dynamic-locks.ts'
import { enums } from './programs/enums.ts'
import { errors } from './programs/errors.ts'
import { functions } from './programs/functions.ts'
import { groups } from './programs/groups.ts'
import { hidden } from './programs/hidden.ts'
import { imports } from './programs/imports.ts'
import { instances } from './programs/instances.ts'
import { large } from './programs/large.ts'
import { many } from './programs/many.ts'
import { memories } from './programs/memories.ts'
import { moments } from './programs/moments.ts'
import { movedEnds } from './programs/moved-ends.ts'
import { names } from './programs/names.ts'
import { nested } from './programs/nested.ts'
import { once } from './programs/once.ts'
import { ports } from './programs/ports.ts'
import { primitives } from './programs/primitives.ts'
import { programArguments } from './programs/program-arguments.ts'
import { refusals } from './programs/refusals.ts'
import { rwLocks } from './programs/rw-locks.ts'
import { scopes } from './programs/scopes.ts'
import { sharedJson } from './programs/shared-json.ts'
import { shared } from './programs/shared.ts'
import { streams } from './programs/streams.ts'
import { structs } from './programs/structs.ts'
import { tasks } from './programs/tasks.ts'
import { threadLocals } from './programs/thread-locals.ts'
import { transfers } from './programs/transfers.ts'
import { travellers } from './programs/travellers.ts'

export const programs: Record<string, () => Promise<unknown>> = {
  primitives,
  collections,
  moments,
  functions,
  classes,
  instances,
  travellers,
  enums,
  constants,
  imports,
  nested,
  tasks,
  many,
  streams,
  callbacks,
  scopes,
  shared,
  dynamicLocks,
  rwLocks,
  condvars,
  groups,
  once,
  atomics,
  structs,
  sharedJson,
  threadLocals,
  channels,
  movedEnds,
  blocking,
  errors,
  hidden,
  refusals,
  aborts,
  transfers,
  ports,
  names,
  programArguments,
  crowd,
  memories,
  large,
}
