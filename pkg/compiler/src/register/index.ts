/**
 * Makes this thread lift closures while it loads modules: `node --import experimental-threads/register app.ts`, or `bun --preload …`. Nothing
 * is written to disk. Workers of the pool begin with this file too, so what they load is treated in the same way.
 */

import * as nodeModule from 'node:module'
import { isMainThread } from 'node:worker_threads'

import { registerInBun } from './bun.ts'
import { ModuleHooks } from './hooks.ts'

/** Newer than the oldest Node that is supported, and than its types. */
interface SynchronousHooks {
  registerHooks?(hooks: { resolve: ModuleHooks['resolve']; load: ModuleHooks['load'] }): unknown
}

// Given with `--import` and inherited by a worker, it would be there twice.
const REGISTERED = Symbol.for('experimental-threads/registered')
const thread = globalThis as { [REGISTERED]?: true }

if (thread[REGISTERED] === undefined) {
  thread[REGISTERED] = true
  if ('bun' in process.versions) registerInBun(isMainThread)
  else registerInNode()
}

function registerInNode(): void {
  // Positions in messages and stacks are those of the files as they were written.
  process.setSourceMapsEnabled(true)
  const { registerHooks } = nodeModule as SynchronousHooks
  if (registerHooks === undefined)
    nodeModule.register('./thread.js', import.meta.url, { data: { warns: isMainThread } })
  else registerHooks(new ModuleHooks(isMainThread))
}
