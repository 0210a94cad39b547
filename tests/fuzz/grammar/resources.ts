/** What is used up at the end of its block. */

import type { Node } from '../tree.ts'
import { statement, statements } from '../tree.ts'
import type { Context } from './context.ts'
import { declare, freshName, inBlock, inHead, someStatements, value } from './context.ts'

/** `{ using a = new Resource(1); … }`, `for (using a of [new Resource(1)]) { … }` */
export function using(context: Context): Node {
  const { random } = context
  const keyword = context.awaits && random.chance(0.4) ? 'await using' : 'using'
  if (random.chance(0.25)) {
    const head = inHead(context)
    // It hides outer names from the beginning of the head on.
    const name = freshName(head)
    declare(head.scope, name, 'other')
    const given = value(head, 'number')
    declared(head, name)
    const code = someStatements(inBlock(head, 2, head.scope.names.keys()), 2)
    return statement`for (${keyword} ${name} of [new Resource(${given})]) {\n${statements(code)}\n}`
  }
  const inner = inBlock(context, 3)
  const before = someStatements(inner, 1)
  const name = freshName(inner)
  // Its own name has no value in what it is made of.
  declare(inner.scope, name, 'other')
  const given = value(inner, 'number')
  declared(inner, name)
  const code = [...before, statement`${keyword} ${name} = new Resource(${given});`, ...someStatements(inner, 2)]
  return statement`{\n${statements(code)}\n}`
}

function declared(context: Context, name: string): void {
  declare(context.scope, name, 'namespace', { ready: true, stays: true, members: ['f', 'm(2)', 'constructor.length'] })
}
