// Inside a worker: the modules that tasks need, each loaded once.

import { recipeFailed } from '../errors.ts'
import type { Packet } from '../codec/packet.ts'
import { loadPart } from '../loading/load-part.ts'
import type { DriverName, RecipeUse, TaskHead } from '../protocol.ts'
import type { Recipes } from './recipe-loader.ts'
import { runtimeState } from '../state.ts'
import type * as travelLoader from './travel-loader.ts'
import type { Loading, Travellers } from '../codec/travellers.ts'
import type { WorkerTask } from './worker-task.ts'

/** Loads a worker chunk by its URL. */
export type Loader = (address: string) => Promise<unknown>

let loader: typeof travelLoader | null = null

/** Loads the parts of the runtime that a task needs and this worker does not have yet; undefined when there are none. */
function missingParts(packet: Packet, driver?: DriverName): Promise<unknown> | undefined {
  if (packet.table === undefined && driver === undefined) return undefined
  if (loader !== null) return loader.missingParts(packet, driver)
  return loadPart(import('./travel-loader.ts')).then((part) => {
    loader = part
    return part.missingParts(packet, driver)
  })
}

/** Takes the captures and, last, the thread's context. */
export type Run = (...captures: unknown[]) => (...args: unknown[]) => unknown

/** A worker chunk that has been loaded. */
export interface Chunk {
  readonly run: Run
  /** The classes whose instances may come or go. */
  readonly classes: Travellers | undefined
}

/** Why a task cannot run. */
export class LoadFailure {
  readonly error: unknown
  /** It was the module of a captured value, not the chunk. */
  readonly isRecipe: boolean

  constructor(error: unknown, isRecipe: boolean) {
    this.error = error
    this.isRecipe = isRecipe
  }
}

export class Chunks {
  load: Loader
  /** What relative addresses are relative to. */
  base = ''
  /** Where modules may change while the worker lives, the loader knows: it is asked for each task, and this is what it said. */
  fresh: WeakMap<WorkerTask, Chunk> | undefined
  /** Null until a task needs one. */
  #recipes: Recipes | null = null
  readonly #loaded = new Map<string, Chunk>()
  readonly #loading = new Map<string, Promise<Chunk>>()

  constructor(load: Loader) {
    this.load = load
    runtimeState().missingParts = missingParts
  }

  /** The chunk of a task when all is here that the task needs, or the promise of it, which rejects with a {@link LoadFailure}. */
  get(task: WorkerTask): Chunk | Promise<Chunk> {
    const {
      head: { address },
      recipes,
    } = task
    const chunk = this.fresh === undefined ? this.#loaded.get(address) : this.fresh.get(task)
    const classes = missingParts(task.packet, task.head.driver)
    const values = this.valuesFor(recipes)
    if (chunk !== undefined && classes === undefined && values === undefined) {
      const types = this.#missingTypes(task, chunk)
      return types === undefined ? chunk : types.then(() => chunk)
    }
    return this.#fetchWithTypes(task, this.fetch(address, classes, values))
  }

  async #fetchWithTypes(task: WorkerTask, loading: Promise<Chunk>): Promise<Chunk> {
    const chunk = await loading
    await this.#missingTypes(task, chunk)
    this.fresh?.set(task, chunk)
    return chunk
  }

  /** Loads the classes of the program that a task's values have and this worker has not; undefined when there are none. */
  #missingTypes({ head, packet }: WorkerTask, { classes }: Chunk): Promise<unknown> | undefined {
    // What a stream or a map sends on its way is not tried twice: all classes of its results have to be there.
    if (classes === undefined) return undefined
    const loading = this.loadingFor(head)
    const missing =
      head.driver === undefined ? classes.missingFor([packet], loading) : classes.missing(classes.keys, loading)
    return missing?.catch((error: unknown) => {
      throw new LoadFailure(error, true)
    })
  }

  /** Loads values that are made here; undefined when all are there. Rejects with R518 and R545. */
  valuesFor(uses: readonly RecipeUse[] | undefined): Promise<unknown> | undefined {
    if (uses === undefined || uses.length === 0) return undefined
    if (this.#recipes !== null) return this.#recipes.missing(uses, this.load)
    return loadPart(import('./recipe-loader.ts')).then((part) => {
      this.#recipes ??= new part.Recipes(recipeFailed)
      return this.#recipes.missing(uses, this.load)
    })
  }

  /** Puts values that were made here where they belong among the captures. */
  fillIn(uses: readonly RecipeUse[] | undefined, captures: unknown[]): void {
    this.#recipes?.fill(uses, captures)
  }

  /** How modules for a task are loaded. */
  loadingFor({ address, at }: TaskHead): Loading {
    return { load: this.load, base: this.base, at, closure: address }
  }

  /** Loads a chunk, besides what is being loaded already. Rejects with a {@link LoadFailure}. */
  async fetch(
    address: string,
    classes: Promise<unknown> | undefined,
    recipes: Promise<unknown> | undefined,
  ): Promise<Chunk> {
    // Watched from the start, since they may fail before the chunk is there.
    classes?.catch(() => {})
    const failure = recipes?.then(
      () => null,
      (error: unknown) => new LoadFailure(error, true),
    )
    let chunk: Chunk
    try {
      chunk = (this.fresh === undefined ? this.#loaded.get(address) : undefined) ?? (await this.#chunk(address))
      await classes
    } catch (error) {
      throw new LoadFailure(error, false)
    }
    // Whether it did not load or threw cannot be told apart everywhere. Platforms remember both, so the worker has to go.
    const failed = await failure
    if (failed) throw failed
    return chunk
  }

  /** Tasks that wait for the same chunk load it once. */
  #chunk(address: string): Promise<Chunk> {
    const known = this.#loading.get(address)
    if (known !== undefined) return known
    const loading = this.#load(address).finally(() => this.#loading.delete(address))
    this.#loading.set(address, loading)
    return loading
  }

  async #load(address: string): Promise<Chunk> {
    const module = await this.load(address)
    const chunk = { run: runOf(module), classes: classesOf(module) }
    this.#loaded.set(address, chunk)
    return chunk
  }
}

/** A worker chunk exports `run`; one that went through a CommonJS wrapper has it on `default`. */
function runOf(chunk: unknown): Run {
  const { run, default: inner } = chunk as { run?: Run; default?: { run?: Run } }
  const found = run ?? inner?.run
  if (typeof found !== 'function') throw new TypeError('the module has no export `run`')
  return found
}

function classesOf(chunk: unknown): Travellers | undefined {
  const { classes, default: inner } = chunk as { classes?: Travellers; default?: { classes?: Travellers } }
  return classes ?? inner?.classes
}
