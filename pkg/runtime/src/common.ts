// What a page and its workers both need from the start. Only other modules' exports stand here.
//
// A bundler that splits makes a file for each set of places that reach a module, and each file takes time until the first thread runs. So what begins a part of the
// runtime, or is loaded later, takes at least one of these from here: then it reaches all of them, and they are one file.

export { clone } from './codec/clone.ts'
export { cloneOutcome, missingForTravels, missingReader } from './codec/packet.ts'
export { ASYNC_DISPOSE, DISPOSE, nameDisposal } from './dispose-symbols.ts'
export {
  ChunkLoadError,
  registerErrorClass,
  SendError,
  ThreadError,
  WorkerStartError,
  WorkerTerminatedError,
} from './errors.ts'
export { importModule } from './host/import-module.ts'
export { resolveAddress } from './loading/address.ts'
export { across } from './loading/crossing.ts'
export { isSmall } from './loading/load.ts'
export { adoptArena, begin, canShare, isTooOld, noCells, shareState } from './memory/joined.ts'
export { UNCLAIMABLE } from './pool/claims.ts'
export { Link } from './pool/link.ts'
export { TaskQueue } from './pool/queue.ts'
export { TaskTable } from './pool/task-table.ts'
export { onAbort } from './spawn/abort-listeners.ts'
export { move } from './spawn/move.ts'
export { runtimeState } from './state.ts'
