// The classes whose instances a spawn site can send, as generated code lists them. Loaded only by programs that have such
// classes: everything else reaches a table through the interfaces in `travellers.ts`.

import { resolveAddress, runtimeState } from '../common.ts'
import type { Packet } from './packet.ts'
import type { ClassType } from './class-hooks.ts'
import { deserialize, hasHooks, serialize } from './class-hooks.ts'
import { unknownClass } from '../errors.ts'
import { classNotLoaded, hookFailed } from '../loading/part-errors.ts'
import { HookedObjects, scanInstance } from './class-scan.ts'
import { fillInstance, instanceShell, takeApart } from './instance.ts'
import { privateName } from './private-state.ts'
import type { Address } from '../protocol.ts'
import type { Scan } from './sendable.ts'
import { isError } from './sendable.ts'
import type { HookedData } from './table-tags.ts'
import { TAGS } from './table-tags.ts'
import type { InstanceData, Loading, OpenObjects, Travellers, Written } from './travellers.ts'

/** The key of a class, what evaluates to it where the text can name it, else the module that exports it. */
export type ClassEntry = readonly [key: string, thunk: (() => unknown) | null, exported?: string, address?: Address]

/** Classes that this agent has met. A site that lists one without naming it finds it here. */
const typesByKey = new Map<string, ClassType>()
const keysByPrototype = new WeakMap<object, Set<string>>()

/** Makes the table of a site. Nothing is evaluated yet: classes may be declared below the call. */
export function $classes(entries: readonly ClassEntry[]): Travellers {
  listed.push(...entries)
  all = null
  runtimeState().classes ??= () => (all ??= new ClassTable(listed))
  return new ClassTable(entries)
}

/** What all sites of this agent list, for values that no site sends: messages of channels. */
const listed: ClassEntry[] = []
let all: Travellers | null = null

/** The keys of the classes that a packet needs. */
function classKeys({ table }: Packet): string[] {
  const keys = (table ?? []).flatMap(({ tag, data }) =>
    tag === TAGS.instance || tag === TAGS.hooked || tag === TAGS.error ? ((data as { key?: unknown }).key ?? []) : [],
  )
  return keys.filter((key) => typeof key === 'string')
}

/** A prototype of the language or the platform. */
function isNative(prototype: object): boolean {
  const type = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined
  return typeof type === 'function' && /\[native code\]/.test(Function.prototype.toString.call(type))
}

class ClassTable implements Travellers {
  missed = false
  readonly #entries: Map<string, ClassEntry>
  readonly #types = new Map<string, ClassType>()
  readonly #keys = new Map<object, string>()

  constructor(entries: readonly ClassEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry[0], entry]))
  }

  get keys(): string[] {
    return [...this.#entries.keys()]
  }

  openObjects(): OpenObjects | null {
    this.#evaluate()
    for (const type of this.#types.values()) if (hasHooks(type)) return new HookedObjects()
    return null
  }

  keyOf(prototype: object): string | null {
    const known = this.#keys.get(prototype)
    if (known !== undefined) return known
    this.#evaluate()
    const found =
      this.#keys.get(prototype) ?? [...(keysByPrototype.get(prototype) ?? [])].find((key) => this.#entries.has(key))
    if (found !== undefined) return found
    this.missed ||= !isNative(prototype) && this.#unloaded().length > 0
    return null
  }

  typeOf(key: string): ClassType {
    const type = this.#find(key)
    if (type === null) throw unknownClass(key)
    return type
  }

  knows(key: string): boolean {
    return this.#find(key) !== null
  }

  errorKeyOf(prototype: object): string | null {
    const key = this.keyOf(prototype)
    return key === null || privateName(this.typeOf(key)) !== null ? null : key
  }

  scan(value: object, scan: Scan): string | null | undefined {
    const key = this.keyOf(Object.getPrototypeOf(value) as object)
    return key === null ? undefined : scanInstance(value, this.typeOf(key), scan)
  }

  write(value: object, hooked: ReadonlyMap<object, unknown>): Written | undefined {
    const prototype = Object.getPrototypeOf(value) as object | null
    const key = prototype === null ? null : this.keyOf(prototype)
    if (key === null) return undefined
    const type = this.typeOf(key)
    if (hasHooks(type)) {
      // What a registered type holds has not been looked through.
      const data = (): unknown => (hooked.has(value) ? hooked.get(value) : type[serialize]!(value))
      return [TAGS.hooked, () => ({ key, data: data() }) satisfies HookedData]
    }
    return isError(value) ? undefined : [TAGS.instance, () => takeApart(value, key)]
  }

  revive({ key, data }: HookedData): unknown {
    const type = this.typeOf(key)
    try {
      return type[deserialize]!(data)
    } catch (error) {
      throw hookFailed(type.name, error)
    }
  }

  shell(data: InstanceData): object {
    return instanceShell(data, this.typeOf(data.key).prototype)
  }

  fill(shell: object, data: InstanceData): void {
    fillInstance(shell, data)
  }

  missingFor(packets: readonly Packet[], loading: Loading): Promise<unknown> | undefined {
    return this.missing(packets.flatMap(classKeys), loading)
  }

  missing(keys: readonly string[], loading: Loading): Promise<unknown> | undefined {
    const missing = keys.filter((key) => this.#entries.has(key) && !this.knows(key))
    return missing.length === 0 ? undefined : this.#load(missing, loading)
  }

  loadAll(loading: Loading): Promise<unknown> {
    this.missed = false
    return this.#load(this.#unloaded(), loading)
  }

  #find(key: string): ClassType | null {
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    if (!this.#types.has(key)) this.#evaluateOne(entry)
    return this.#types.get(key) ?? typesByKey.get(key) ?? null
  }

  #unloaded(): string[] {
    return [...this.#entries.keys()].filter((key) => !this.knows(key))
  }

  #evaluate(): void {
    for (const entry of this.#entries.values()) this.#evaluateOne(entry)
  }

  #evaluateOne([key, thunk]: ClassEntry): void {
    if (thunk === null || this.#types.has(key)) return
    let type: unknown
    try {
      type = thunk()
    } catch {
      // Declared further down: there is no instance of it yet.
      return
    }
    this.#adopt(key, type)
  }

  #adopt(key: string, type: unknown): void {
    if (typeof type !== 'function' || typeof type.prototype !== 'object' || type.prototype === null) return
    const prototype = type.prototype as object
    this.#types.set(key, type as unknown as ClassType)
    if (!this.#keys.has(prototype)) this.#keys.set(prototype, key)
    typesByKey.set(key, type as unknown as ClassType)
    const keys = keysByPrototype.get(prototype)
    if (keys === undefined) keysByPrototype.set(prototype, new Set([key]))
    else keys.add(key)
  }

  async #load(keys: readonly string[], loading: Loading): Promise<void> {
    await Promise.all(keys.map((key) => this.#loadOne(key, loading)))
  }

  async #loadOne(key: string, loading: Loading): Promise<void> {
    const [, , exported, address] = this.#entries.get(key)!
    try {
      if (address === undefined) {
        // The closure names it and this text does not: the closure's module gives it.
        const module = (await loading.load(loading.closure)) as { classes?: Travellers }
        await module.classes?.missing([key], loading)
        this.#adopt(key, module.classes?.typeOf(key))
      } else {
        const module = (await loading.load(resolveAddress(address, loading.base, loading.at))) as Record<
          string,
          unknown
        >
        // A module that went through a CommonJS wrapper has its exports on `default`.
        this.#adopt(key, module[exported!] ?? (module['default'] as Record<string, unknown> | undefined)?.[exported!])
      }
    } catch (error) {
      throw classNotLoaded(key, error)
    }
    if (!this.#types.has(key)) throw classNotLoaded(key, new TypeError('the module exports no such class'))
  }
}
