// Errors of threads that no code of the page looks at: shown over the page, as Vite shows those of builds, at the line that the user wrote.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import { frame } from '@experimental-threads/compiler/plugin-core'
import { overlayFrame } from './diagnostics.ts'
import { TraceMap, originalPositionFor, sourceContentFor } from '@jridgewell/trace-mapping'
import type { SourceMapInput } from '@jridgewell/trace-mapping'
import type { DevEnvironment, ErrorPayload, ViteDevServer } from 'vite'

/** What a page tells the server: an error that came from a thread and that nothing has caught. */
export const ERROR_EVENT = 'experimental-threads:error'

/**
 * What pages of the dev server run to tell of such errors. They are known by the last line of their stack, which names the place of the
 * spawn by a path from the project and not by a URL.
 */
export const TELL_ERRORS: string = `addEventListener("unhandledrejection", ({ reason }) => {
  const { name, message, stack } = reason instanceof Error ? reason : {}
  if (/\\n +at [^\\n]*\\((?!\\w+:\\/\\/|<)[^()\\n]+\\.\\w+:\\d+:\\d+\\)$/.test(stack)) import.meta.hot?.send(${JSON.stringify(ERROR_EVENT)}, { name, message, stack })
})
`

interface Told {
  name: string
  message: string
  stack: string
}

interface Place {
  file: string
  line: number
  /** 1-based */
  column: number
  source: string
}

/** Answers pages that tell of an error with what Vite's overlay shows. */
export function showThreadErrors(server: ViteDevServer): void {
  const { client } = server.environments
  client?.hot.on(ERROR_EVENT, async (told: Told, page) => {
    page.send({ type: 'error', err: await explain(client, told) })
  })
}

async function explain(environment: DevEnvironment, { name, message, stack }: Told): Promise<ErrorPayload['err']> {
  const places = new Map<string, Place>()
  for (const [frameOf = '', url = '', line, column] of stack.matchAll(/(https?:\/\/[^\s()]+?):(\d+):(\d+)/g)) {
    const place = await placeOf(environment, url, Number(line), Number(column))
    if (place !== undefined) places.set(frameOf, place)
  }
  const text = `${name}: ${message}`
  const frames = stack.startsWith(text) ? stack.slice(text.length) : `\n${stack}`
  const shown = [...places].reduce(
    (all, [written, { file, line, column }]) => all.replaceAll(written, `${file}:${line}:${column}`),
    frames,
  )
  const first =
    [...places.values()].find(({ file }) => !file.includes('/node_modules/')) ?? spawnPlace(environment, stack)
  const about = { message: `${text}, in a thread`, stack: shown.trimStart(), plugin: 'experimental-threads' }
  if (first === undefined) return about
  const { file, line, column } = first
  return { ...about, id: file, loc: { file, line, column: column - 1 }, frame: drawn(first) }
}

/** Where in the user's files a place of a served module is; undefined for the runtime, which is served without a map that leads to one. */
async function placeOf(
  environment: DevEnvironment,
  address: string,
  line: number,
  column: number,
): Promise<Place | undefined> {
  const { pathname, search } = new URL(address)
  const { base } = environment.config
  const url = decodeURI(pathname.startsWith(base) ? `/${pathname.slice(base.length)}` : pathname) + search
  const module = await environment.moduleGraph.getModuleByUrl(url)
  const map = module?.transformResult?.map
  if (!module?.file || !map || !('mappings' in map) || map.mappings === '') return undefined
  const trace = new TraceMap(map as SourceMapInput)
  const found = originalPositionFor(trace, { line, column: column - 1 })
  if (found.source === null) return undefined
  const file = resolve(dirname(module.file), found.source)
  return { file, line: found.line, column: found.column + 1, source: sourceContentFor(trace, found.source) ?? '' }
}

/** The place of the spawn, which stands in the stack as the user wrote it. */
function spawnPlace(environment: DevEnvironment, stack: string): Place | undefined {
  const [, path, line, column] = /\(([^()\n]+):(\d+):(\d+)\)$/.exec(stack) ?? []
  if (path === undefined) return undefined
  const file = resolve(environment.config.root, path)
  try {
    return { file, line: Number(line), column: Number(column), source: readFileSync(file, 'utf8') }
  } catch {
    // The file of a package, or of a workspace with another root.
    return undefined
  }
}

function drawn({ source, line, column }: Place): string {
  const before = source.split('\n').slice(0, line - 1)
  const start = before.reduce((length, text) => length + text.length + 1, 0) + column - 1
  const [word = ' '] = /^[\w$]+/.exec(source.slice(start)) ?? []
  const span = { start, end: start + word.length }
  return overlayFrame(frame(source, { ...span, code: '', severity: 'error', message: '', labels: [], notes: [] }))
}
