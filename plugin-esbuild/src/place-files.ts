/** Adds the files of the first pass to the output of the second. */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve } from 'node:path'

import type { BuildOptions, BuildResult, Metafile, OutputFile } from 'esbuild'

import { outputDirectory, publicPathOf, workingDirectory } from './output-format.ts'
import type { SideResult } from './side-build.ts'
import { BOOT_ID, metafilePath } from './virtual-modules.ts'

/**
 * Writes the files that workers need, or appends them to `outputFiles` under `write: false`, and merges the metafile. They are put
 * beside each output that starts threads, since it looks for them there; nearly always that is one folder.
 *
 * @param initial the options as the user gave them
 */
export async function placeFiles(result: BuildResult, found: SideResult, initial: BuildOptions): Promise<void> {
  if (result.metafile === undefined) throw new Error('a plugin switched off `metafile`')
  const home = outputDirectory(initial)
  for (const folder of foldersThatSpawn(result.metafile, initial)) {
    const placed = [...found.files].map(([path, file]) => move(file, home, folder, path))
    if (initial.write === false) append(result, placed)
    else await Promise.all(placed.map(write))
    mergeMetafile(result.metafile, found.metafile, (path) => {
      const absolute = resolve(folder, relative(home, resolve(workingDirectory(initial), path)))
      return relative(workingDirectory(initial), absolute).replaceAll('\\', '/')
    })
  }
}

function foldersThatSpawn(metafile: Metafile, initial: BuildOptions): string[] {
  const spawning = Object.entries(metafile.outputs).filter(([, { inputs }]) =>
    Object.hasOwn(inputs, metafilePath(BOOT_ID)),
  )
  if (publicPathOf(initial) !== undefined) return spawning.length > 0 ? [outputDirectory(initial)] : []
  return [...new Set(spawning.map(([path]) => dirname(resolve(workingDirectory(initial), path))))]
}

function append(result: BuildResult, files: readonly OutputFile[]): void {
  const known = new Set(result.outputFiles?.map(({ path }) => path))
  // An asset that the app uses too is there already.
  result.outputFiles?.push(...files.filter(({ path }) => !known.has(path)))
}

async function write({ path, contents }: OutputFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, contents)
}

function mergeMetafile(into: Metafile, from: Metafile, moved: (path: string) => string): void {
  for (const [path, input] of Object.entries(from.inputs)) into.inputs[path] ??= input
  for (const [path, output] of Object.entries(from.outputs)) {
    const imports = output.imports.map((record) => (record.external ? record : { ...record, path: moved(record.path) }))
    into.outputs[moved(path)] ??= { ...output, imports }
  }
}

function move(file: OutputFile, from: string, to: string, path: string): OutputFile {
  const target = resolve(to, path)
  if (from === to) return file
  const rebase = (source: string): string => rebaseSource(source, dirname(file.path), dirname(target))
  const contents = /\.m?js(\.map)?$/.test(path) ? moveMap(file, rebase) : file.contents
  return {
    path: target,
    contents,
    hash: file.hash,
    get text() {
      return new TextDecoder().decode(contents)
    },
  }
}

function rebaseSource(source: string, from: string, to: string): string {
  if (isAbsolute(source) || /^[\w-]{2,}:/.test(source)) return source
  return relative(to, resolve(from, source)).replaceAll('\\', '/')
}

const INLINE_MAP = /(\/\/# sourceMappingURL=data:application\/json;base64,)([\w+/=]+)\s*$/

// The sources of a map are named from where the map lies.
function moveMap(file: OutputFile, rebase: (source: string) => string): Uint8Array {
  if (file.path.endsWith('.map')) return new TextEncoder().encode(rebaseMap(file.text, rebase))
  const inline = INLINE_MAP.exec(file.text)
  const [comment, head, data] = inline ?? []
  if (inline === null || comment === undefined || head === undefined || data === undefined) return file.contents
  const map = rebaseMap(Buffer.from(data, 'base64').toString(), rebase)
  return new TextEncoder().encode(`${file.text.slice(0, inline.index)}${head}${Buffer.from(map).toString('base64')}\n`)
}

function rebaseMap(text: string, rebase: (source: string) => string): string {
  const map = JSON.parse(text) as { sources: string[]; sourceRoot?: string }
  if (map.sourceRoot !== undefined && map.sourceRoot !== '') return text
  return JSON.stringify({ ...map, sources: map.sources.map(rebase) })
}
