// What the codec asks about classes. A program without classes that travel has no table, and none of the code behind it.

import type { ClassType } from './class-hooks.ts'
import type { Packet } from './packet.ts'
import type { Scan } from './sendable.ts'
import type { HookedData } from './table-tags.ts'

/** An instance without hooks, taken apart. */
export interface InstanceData {
  readonly key: string
  /** What the instance is besides its properties: 0 object, 1 array, 2 map, 3 set, 4 date. */
  readonly base: number
  /** Length of an array, entries of a map or set, time of a date. */
  readonly content: unknown
  /** Names of own properties; a symbol is `[its name]`, `[name, 1]` when it is one of the language's own. */
  readonly names: readonly (string | readonly [string, 1?])[]
  readonly values: readonly unknown[]
  /** For each property, when one is not like those of an object literal: 1 hidden, 2 read-only, 4 fixed, added up. */
  readonly flags: readonly number[] | null
  /** 0 open, 1 no new properties, 2 frozen. */
  readonly state: number
}

/**
 * Called with each thing that an instance holds: a step of the path, and the value, or what is wrong with a property that
 * has none to send. Not null ends the visit.
 */
export type Visit = (step: string, value: unknown, problem?: string) => string | null

/** How modules are loaded for a task. */
export interface Loading {
  load(address: string): Promise<unknown>
  /** What relative addresses are relative to. */
  readonly base: string
  /** Where the task was spawned, for messages. */
  readonly at: string
  /** Address of the closure's module. */
  readonly closure: string
}

/** Objects whose contents are being looked through. */
export interface OpenObjects {
  enter(value: object): void
  leave(value: object): void
  /** What stands against coming back to an object; null for nothing. */
  again(value: object, scan: Scan): string | null
}

/** A tag of the table, and what gives its data. */
export type Written = readonly [tag: string, data: () => unknown]

/** The classes of one spawn site, on one side. */
export interface Travellers {
  readonly keys: readonly string[]
  /** Whether a class was asked for that may be one that is not loaded yet. */
  missed: boolean
  /** What notes which objects are being looked through, where some class has hooks. */
  openObjects(): OpenObjects | null
  /** The key of the class with this prototype; null when the site does not list it. */
  keyOf(prototype: object): string | null
  /** The class of a key. Throws R521. */
  typeOf(key: string): ClassType
  knows(key: string): boolean
  /** The key for an error, when errors of its class can be made without the constructor. */
  errorKeyOf(prototype: object): string | null
  /** Looks through an instance. Null when it can be sent, else what it is; undefined when the codec knows it or nobody does. */
  scan(value: object, scan: Scan): string | null | undefined
  /** How an instance is written into the table of a packet; undefined when the codec knows. */
  write(value: object, hooked: ReadonlyMap<object, unknown>): Written | undefined
  /** Makes an instance of what its hook gave. Throws R520 and R521. */
  revive(data: HookedData): unknown
  /** An empty instance. No constructor runs. */
  shell(data: InstanceData): object
  fill(shell: object, data: InstanceData): void
  /** Loads the classes that packets need and this agent has not; undefined when there are none. Rejects with R519. */
  missingFor(packets: readonly Packet[], loading: Loading): Promise<unknown> | undefined
  /** Loads what is missing of these; undefined when nothing is. Rejects with R519. */
  missing(keys: readonly string[], loading: Loading): Promise<unknown> | undefined
  /** Loads every class of the site. Rejects with R519. */
  loadAll(loading: Loading): Promise<unknown>
}
