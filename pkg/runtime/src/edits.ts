// Of programs that are edited while they run.

import { runtimeState } from './common.ts'

/**
 * Tells the runtime that files are edited while the program runs: a changed declaration of a shared value then starts with new memory.
 * Elsewhere two declarations of one value are two builds in one program (E411).
 */
export function $edits(): void {
  runtimeState().edits = true
}
