import { DISPOSE } from '../common.ts'

/**
 * Gives back what a guard, a permit or anything else disposable holds: what `using` does at the end of a block.
 *
 * ```ts
 * const guard = await lock.lock()
 * guard.value[0]++
 * drop(guard)
 * ```
 */
export function drop(resource: Disposable | { dispose(): void }): void {
  if ('dispose' in resource && typeof resource.dispose === 'function') resource.dispose()
  else (resource as Disposable)[DISPOSE]()
}
