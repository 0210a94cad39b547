/** Declarations of values and of everything else that has a name. */

import type { Node } from '../tree.ts'
import { statement } from '../tree.ts'
import type { Context } from './context.ts'
import { declare, freshName, value } from './context.ts'
import {
  functionConstant,
  functionDeclaration,
  generatorDeclaration,
  recursivePair,
  recursiveThreads,
  threadFunction,
} from './functions.ts'
import { classDeclaration, enumDeclaration } from './classes.ts'
import { instance } from './instances.ts'
import { cloneable } from './objects.ts'
import { reserve } from './patterns.ts'

/** `const { a, b = 1 } = …` */
export function declaration(context: Context, exported = ''): Node {
  const { random } = context
  const shape = random.weighted([
    [5, 'number'],
    [1, 'string'],
    [3, 'list'],
    [3, 'record'],
  ] as const)
  const kind = random.weighted([
    [4, 'const'],
    [4, 'let'],
  ] as const)
  const reserved = reserve(context, shape, kind)
  const given = value(context, shape)
  return statement`${exported}${kind} ${reserved.finish()} = ${given};`
}

/** `const a = 3`: the same in every thread. */
export function fixedConstant(context: Context, exported = ''): Node {
  const name = freshName(context)
  declare(context.scope, name, 'number', { fixed: true, ready: true })
  return statement`${exported}const ${name} = ${context.random.below(10)};`
}

/** Anything else that declares a name. */
export function declarations(context: Context, exported = ''): Node {
  const { random } = context
  return random.weighted<() => Node>([
    [3, () => declaration(context, exported)],
    [3, () => functionDeclaration(context, false, exported)],
    [2, () => functionDeclaration(context, true, exported)],
    [3, () => functionConstant(context, exported)],
    [1, () => recursivePair(context)],
    [1, () => threadFunction(context) ?? declaration(context)],
    [1, () => recursiveThreads(context) ?? declaration(context)],
    [1, () => generatorDeclaration(context)],
    [3, () => classDeclaration(context, exported)],
    [2, () => cloneable(context, exported)],
    [2, () => instance(context, exported) ?? cloneable(context, exported)],
    [context.language.typed ? 1 : 0, () => enumDeclaration(context, exported)],
  ])()
}
