/** Types: they must leave no trace in what runs, and yet use the same names as values. */

import type { Node } from '../tree.ts'
import type { Context, Shape } from './context.ts'
import { OF_SHAPE } from './shapes.ts'

const TEXT: Record<Shape, string> = {
  number: 'number',
  string: 'string',
  list: 'number[]',
  record: '{ a: number; b: number }',
}

/** `: number`, or the name of a type; nothing in a program without types. */
export function annotation(context: Context, shape: Shape): string {
  return context.language.typed && context.random.chance(0.6) ? `: ${type(context, shape)}` : ''
}

function type(context: Context, shape: Shape): string {
  const { random } = context
  return random.weighted([
    [4, TEXT[shape]],
    [1, 'any'],
    [context.types.length > 0 ? 3 : 0, random.pick(['any', ...context.types])],
    [1, `ReturnType<typeof ${random.pick(['Math.abs', 'String'])}>`],
  ])
}

/** Puts type syntax around an expression, now and then. */
export function cast(context: Context, node: Node, shape: Shape): Node {
  const { random } = context
  if (!random.chance(0.08)) return node
  const wrap = OF_SHAPE[shape]
  return random.weighted<() => Node>([
    [2, () => wrap`(${node} as ${type(context, shape)})`],
    [1, () => wrap`(${node} satisfies ${type(context, shape)})`],
    [1, () => wrap`(${node}!)`],
    [1, () => wrap`(${node} as unknown as ${type(context, shape)})`],
  ])()
}

/** `<T,>` before the parameters of a function. */
export function typeParameters(context: Context): string {
  return context.language.typed && context.random.chance(0.1) ? '<T,>' : ''
}
