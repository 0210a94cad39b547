// Chunks of closures, in builds. The plugin lifts before any other plugin has seen the text, and frameworks take things out of it after
// that: the client gets a route without its loader. A chunk that was emitted when its closure was lifted would stay in the client's
// output, with what only a server may know, and would fail where the framework keeps modules of the server away from the client. So
// what is lifted names a function, and the chunk is emitted where the text still does so when all others have changed it.
//
// ```ts
// const $site = { load: $chunk_2wubg9iwhchxdhi5() }              // as lifted
// function $chunk_2wubg9iwhchxdhi5() { return import.meta.… }    // added at the end: source maps stay right
// ```

import type { ModuleRef } from '@experimental-threads/compiler'
import type { Plugin, Rolldown } from 'vite'

import { stateOf } from './state.ts'
import type { State } from './state.ts'

type Emit = Partial<Pick<Rolldown.PluginContext, 'emitFile'>>

/** What is to be emitted: the id of a worker-side module, and the name of its chunk. */
export interface LateChunk {
  id: string
  name: string
}

const ASKED = /\$chunk_[0-9a-z]+(?=\(\))/g
const ASKS = /\$chunk_[0-9a-z]+\(\)/

/** The expression for the address of a worker-side module whose chunk is not emitted yet. */
export function later(state: State, { id, name }: ModuleRef, moduleId: string): string {
  state.late.set(`$chunk_${id}`, { id: moduleId, name })
  // An object with an address in it that nobody uses can be dropped; a call without the mark could not.
  return `/* @__PURE__ */ $chunk_${id}()`
}

/** Emits the chunks whose addresses a text asks for, and gives the text what it asks. */
export function withChunks(context: Emit, state: State, code: string): string {
  const names = new Set(code.match(ASKED))
  const functions = [...names].flatMap((name) => {
    const chunk = state.late.get(name)
    return chunk ? [`function ${name}() { return ${emitChunk(context, state, chunk.id, chunk.name)} }`] : []
  })
  return functions.length === 0 ? code : `${code}\n${functions.join('\n')}`
}

/** Emits a chunk, and gives the expression for its address. */
export function emitChunk(context: Emit, state: State, id: string, name: string): string {
  // Without 'strict' the exports of a chunk that nobody imports are dropped, and the chunk is empty. The name must differ
  // between chunks: some Rolldown versions answer with one reference for one name.
  const reference = context.emitFile!({ type: 'chunk', id, name, preserveSignature: 'strict' })
  state.references.add(reference)
  return `import.meta.ROLLUP_FILE_URL_${reference}`
}

/** Emits what the final texts of a build ask for. */
export function lateChunks(): Plugin {
  return {
    name: 'vite-plugin-experimental-threads:late-chunks',
    apply: 'build',
    enforce: 'post',
    sharedDuringBuild: true,
    transform: {
      order: 'post',
      filter: { code: ASKS },
      handler(code) {
        const text = withChunks(this, stateOf(this.environment), code)
        // Nothing has moved.
        return text === code ? undefined : { code: text, map: null }
      },
    },
  }
}
