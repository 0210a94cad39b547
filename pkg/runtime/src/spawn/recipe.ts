// Values of a module that cannot be cloned but can be made again: a table of functions, a schema, an instance of a
// class. The build gives such a variable a module that holds its initialiser; a worker that needs it evaluates that once.
// Who spawns decides for each value, since only the value tells whether it survives a clone; `recipe-loader.ts` is the worker's side.

import { resolveAddress } from '../loading/address.ts'
import { isHandle } from '../codec/handle.ts'
import type { RecipeUse, Site } from '../protocol.ts'
import { CALLBACK } from './marks.ts'
import { inspect, knowing } from '../codec/sendable.ts'

/** Objects that were found not to survive a clone, so that they are looked through once. */
const remade = new WeakSet<object>()

/**
 * Takes out the captured values that the worker makes itself. What can be told at a glance always; what takes a walk
 * through the value only when `deep`, after the values were refused.
 */
export function takeRecipes(
  site: Site,
  captures: readonly unknown[],
  base: string,
  deep: boolean,
): { captures: unknown[]; uses: RecipeUse[] } {
  const { recipes = [] } = site
  const uses: RecipeUse[] = []
  const left = [...captures]
  recipes.forEach((recipe, index) => {
    if (recipe === null || !isMadeAgain(captures[index], deep, site)) return
    uses.push([index, resolveAddress(recipe, base, site.at), site.captures[index]!])
    left[index] = undefined
    site.remade?.(index)
  })
  return { captures: left, uses }
}

function isMadeAgain(value: unknown, deep: boolean, { classes }: Site): boolean {
  if (typeof value === 'function') return !(CALLBACK in value) && !isHandle(value)
  if (typeof value === 'symbol') return true
  if (typeof value !== 'object' || value === null) return false
  if (remade.has(value)) return true
  if (!deep || inspect([value], () => '', new Set(), knowing(classes)).refusal === null || holdsHandle(value))
    return false
  remade.add(value)
  return true
}

/** How far into a value {@link holdsHandle} looks: classes of packages may hold half of the program. */
const DEPTH = 4

/** Whether a value is a handle, or holds one near its surface. Making it again would make a second one. */
function holdsHandle(root: object): boolean {
  const seen = new Set<object>([root])
  let level = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (level.some(isHandle)) return true
    if (depth === DEPTH) break
    level = level.flatMap(
      (value) => contentsOf(value).filter((inner) => isObject(inner) && isNew(inner, seen)) as object[],
    )
  }
  return false
}

function contentsOf(value: object): unknown[] {
  if (value instanceof Map) return [...value].flat()
  return value instanceof Set ? [...value] : ArrayBuffer.isView(value) ? [] : Object.values(value)
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function isNew(value: object, seen: Set<object>): boolean {
  return seen.size < seen.add(value).size
}
