// What `spawn`, `task` and `parallelMap` look at in what they are given. Not beside any of them: bundlers share whole files, and a
// page that only spawns would carry the others.

import { notLifted, unknownClosure, wrongProtocol } from './call-errors.ts'
import type { Site } from '../protocol.ts'
import { PROTOCOL } from '../protocol.ts'
import { runtimeState } from '../state.ts'

/** Why a call that the build left as it is cannot work. */
export function notKnown(call: string, given: unknown): Error {
  return runtimeState().boot === null ? notLifted(call) : unknownClosure(call, given)
}

/** Throws R507. */
export function checkProtocol({ p, at }: Site): void {
  if (p !== PROTOCOL) throw wrongProtocol(p, PROTOCOL, at)
}
