// Only other modules' exports stand here and in `index.ts`: a module with something of its own would be loaded with all that it names.
//
// What generated code imports. Not for people: it changes without notice, together with the build plugins.

export { PROTOCOL } from './protocol.ts'
export type { Address, Site } from './protocol.ts'
export { $boot, $recycle } from './boot.ts'
export { $edits } from './edits.ts'
export { $classes } from './codec/class-table.ts'
export type { ClassEntry } from './codec/class-table.ts'
export { $remade } from './spawn/remade.ts'
export { $spawn } from './spawn/spawn.ts'
export { $task } from './spawn/task.ts'
export { startStream as $stream } from './stream/stream.ts'
export { $shared } from './memory/shared.ts'
