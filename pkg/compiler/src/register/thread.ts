/** The hooks for versions of Node that run them in a thread of their own, and asynchronously (before 22.15). */

import { ModuleHooks } from './hooks.ts'

let hooks = new ModuleHooks(true)

/** Called by Node with what `register` was given. */
export function initialize({ warns }: { warns: boolean }): void {
  hooks = new ModuleHooks(warns)
}

/** Node's `resolve` hook. */
export const resolve: ModuleHooks['resolve'] = (specifier, context, next) => hooks.resolve(specifier, context, next)

/** Node's `load` hook. */
export const load: ModuleHooks['load'] = (url, context, next) => hooks.load(url, context, next)
