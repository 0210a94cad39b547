/** JSX, with a factory that gives plain data. */

import type { Node } from '../tree.ts'
import type { Context } from './context.ts'
import { resolve, usable, use, value } from './context.ts'
import { string } from './shapes.ts'

/** An element as text: `JSON.stringify(<b id={a}>{c}</b>)`. */
export function jsxText(context: Context): Node | undefined {
  // The factory must not be hidden here.
  if (!context.language.jsx || resolve(context.scope, 'jsx') === undefined) return undefined
  return string`JSON.stringify(${element(context)})`
}

function element(context: Context): Node {
  const { random } = context
  const components = usable(context, ({ meaning, name }) => meaning === 'function' && /^[A-Z]/.test(name))
  const child = string`{${value(context, 'number')}}`
  if (components.length > 0 && random.chance(0.4)) {
    const name = use(context, random.pick(components))
    return string`<${name} a={${value(context, 'number')}}>${child}</${name}>`
  }
  return random.weighted<() => Node>([
    [2, () => string`<b id={${value(context, 'number')}}>text ${child} &amp;</b>`],
    [1, () => string`<>${child}<i a="1" /></>`],
    [1, () => string`<b {...${value(context, 'record')}} />`],
  ])()
}
