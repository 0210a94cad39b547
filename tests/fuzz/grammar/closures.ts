/** Closures given to `spawn`, of every form. */

import type { Node, Part, Variant } from '../tree.ts'
import { commas, item, statements } from '../tree.ts'
import type { Context, Shape } from './context.ts'
import {
  body,
  canSpend,
  freshName,
  inFrame,
  isInThread,
  spend,
  SPAWN_COST,
  spawnCall,
  usable,
  use,
  value,
} from './context.ts'
import { travels } from './instances.ts'
import { args, reserve } from './patterns.ts'
import { typeParameters } from './types.ts'
import { OF_SHAPE } from './shapes.ts'

/** `(await spawn(…))`, where that can be written. */
export function awaitedSpawn(context: Context, shape: Shape): Node | undefined {
  if (!context.awaits || context.depth > 7) return undefined
  const call = spawnCall(context, shape)
  return call === undefined ? undefined : OF_SHAPE[shape]`(await ${call})`
}

/** `(await parallelMap(…))` */
export function awaitedMap(context: Context): Node | undefined {
  if (!context.awaits || context.depth > 6) return undefined
  const call = parallelMapCall(context)
  return call === undefined ? undefined : OF_SHAPE.list`(await ${call})`
}

/** `(await collect(spawn(function* () { … })))`, a list of what the thread yields. */
export function collectedStream(context: Context): Node | undefined {
  if (!context.awaits || context.depth > 7 || !canSpend(context, SPAWN_COST)) return undefined
  spend(context, SPAWN_COST)
  const isAsync = context.random.chance(0.5)
  const inner = inFrame(context, 'spawn', isAsync)
  const code = body(inner, 'list')
  // The statement that would return the list yields its items.
  const last = code.pop()!
  code.push({ ...last, parts: ['yield* ', ...last.parts.slice(1)] })
  spend(context, inner.scope.frame.cost)
  return OF_SHAPE.list`(await collect(spawn(${isAsync ? 'async ' : ''}function* () {\n${statements(code)}\n})))`
}

/** `(await take(spawn(function* () { … }), 1))`: the loop that reads is left, and with it the rest of the generator. */
export function partOfStream(context: Context): Node | undefined {
  const whole = collectedStream(context)
  if (whole === undefined) return undefined
  const [first, ...rest] = whole.parts as [string, ...Part[]]
  const last = (rest.pop() as string).replace(/\)\)$/, `, ${context.random.between(1, 2)}))`)
  return { ...whole, parts: [first.replace('collect(', 'take('), ...rest, last] }
}

/** `(await spawn(() => new A(1))).m(2)`, of a class that travels. */
export function instanceOfThread(context: Context): Node | undefined {
  if (!context.awaits || context.depth > 7 || !canSpend(context, SPAWN_COST)) return undefined
  const classes = usable(context, (binding) => travels(binding))
  if (classes.length === 0) return undefined
  spend(context, SPAWN_COST)
  const name = use(context, context.random.pick(classes))
  const member = context.random.pick(['m(2)', 'f', 'constructor.s', 'm?.(1)'])
  if (context.random.chance(0.3)) {
    const given = item`new ${name}(${value(context, 'number')})`
    return OF_SHAPE.number`(await spawn(move(${given}), (k${context.language.typed ? ': any' : ''}) => k.${member}))`
  }
  const inner = inFrame(context, 'spawn', false)
  const made = item`new ${name}(${value(inner, 'number')})`
  spend(context, inner.scope.frame.cost)
  return OF_SHAPE.number`(await spawn(() => ${made})).${member}`
}

/** What a thread is called: the name that its call gives it, or one that the transform finds. */
const NAME: Variant = { lifted: "(/^[xy]$/.exec(threadName)?.[0] ?? 'own')", reference: "($name() ?? 'own')" }
const NAME_OF_NAMESPACE: Variant = { ...NAME, lifted: NAME.lifted.replace('threadName', 'threads.threadName') }
const ABORTED: Variant = { lifted: '(threadSignal.aborted ? 2 : 1)', reference: '1' }

/** `threadName`, in closures. */
export function nameOfThread(context: Context): Node | undefined {
  if (!isInThread(context)) return undefined
  return OF_SHAPE.string`${context.random.chance(0.7) ? NAME : NAME_OF_NAMESPACE}`
}

export function signalOfThread(context: Context): Node | undefined {
  return isInThread(context) ? OF_SHAPE.number`${ABORTED}` : undefined
}

/** A call of `spawn`; see {@link Grammar}. */
export function anySpawnCall(context: Context, shape: Shape): Node | undefined {
  if (!canSpend(context, SPAWN_COST)) return undefined
  spend(context, SPAWN_COST)
  const { random } = context
  const options = random.chance(0.15) ? `, { name: '${random.pick(['x', 'y'])}' }` : ''
  const callee = random.weighted([
    [12, 'spawn'],
    [1, '(0, spawn)'],
    [1, 'spawn?.'],
    [1, 'threads.spawn'],
    [1, "threads['spawn']"],
    [context.language.typed ? 1 : 0, '(spawn as any)'],
    [context.language.typed ? 1 : 0, 'spawn!'],
  ])
  if (shape === 'number' && random.chance(0.1)) {
    const named = byReference(context)
    if (named !== undefined) return item`${callee}(${named}${options})`
  }
  if (random.chance(0.12)) {
    const given = random.pick(['number', 'record', 'list'] as const)
    const argument = value(context, given)
    return item`${callee}(move(${argument}), ${closure(context, shape, given)}${options})`
  }
  if (random.chance(0.1)) return item`spawn(task(${closure(context, shape)})${options})`
  if (random.chance(0.05)) return item`eval(${callee}(${closure(context, shape)}${options}))`
  return item`${callee}(${closure(context, shape)}${options})`
}

/** `parallelMap([a, b], (c) => …)`, a promise of a list. */
function parallelMapCall(context: Context): Node | undefined {
  if (!canSpend(context, SPAWN_COST * 2)) return undefined
  spend(context, SPAWN_COST * 2)
  const given = context.random.pick(['number', 'record'] as const)
  const items = [value(context, given), value(context, given)].map((node) => item`${node}`)
  const job = closure(context, 'number', given)
  const wrapped = context.random.chance(0.3) ? item`task(${job})` : job
  return item`parallelMap([${commas(items)}], ${wrapped}, { concurrency: 1, chunk: 1 })`
}

/** A function of the file or an import, by name. */
function byReference(context: Context): Node | undefined {
  const found = usable(context, ({ meaning, writes, opaque }) => {
    return (meaning === 'function' || meaning === 'async function') && writes.size === 0 && !opaque
  })
  if (found.length === 0) return undefined
  const callee = context.random.pick(found)
  const given = args(context, callee.arity)
  const name = use(context, callee)
  return callee.arity === 0 ? item`${name}` : item`move(${given}), ${name}`
}

/** A closure, with one parameter of `given` or none. */
function closure(context: Context, shape: Shape, given?: Shape): Node {
  const { random } = context
  const isAsync = random.chance(0.5)
  const form = random.weighted([
    [4, 'expression'],
    [6, 'block'],
    [2, 'function'],
    [1, 'named function'],
  ])
  const inner = inFrame(context, 'spawn', isAsync)
  const head = isAsync ? 'async ' : ''
  const name = form === 'named function' ? freshName(inner) : ''
  // The name of a function expression hides outer ones, and nothing here would call it.
  if (name !== '') inner.scope.names.set(name, { ...PLACEHOLDER, name, scope: inner.scope })
  const own = { ...inner, scope: { ...inner.scope, parent: inner.scope, names: new Map() } }
  const parameters = given === undefined ? [] : [reserve(own, given, 'parameter').finish()]
  const types = typeParameters(context)
  const node =
    form === 'expression'
      ? item`${head}${types}(${commas(parameters)}) => ${value(own, shape)}`
      : form === 'block'
        ? item`${head}${types}(${commas(parameters)}) => {\n${statements(body(own, shape))}\n}`
        : item`${head}function ${name}${types}(${commas(parameters)}) {\n${statements(body(own, shape))}\n}`
  spend(context, inner.scope.frame.cost)
  return node
}

const PLACEHOLDER = {
  meaning: 'other' as const,
  ready: true,
  writable: false,
  isVar: false,
  fixed: false,
  opaque: false,
  stays: false,
  arity: 0,
  members: [],
  tasks: [],
  needs: new Set<never>(),
  writes: new Set<never>(),
  cost: 1,
}
