// Command line: indexes the Markdown files under node_modules with 0 (in place), 1, … N threads and compares.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'

import { type BuiltIndex, buildInPlace, buildOnThreads, checksum, warmUp } from './build-index.ts'

/** A batch is closed when it holds this much text: small enough to balance threads, large enough to be worth a claim. */
const BYTES_PER_BATCH = 48_000
const query = process.argv.slice(2).join(' ') || 'worker threads'

const folder = findNodeModules(process.cwd())
const files = listMarkdown(folder)
const batches = cutIntoBatches(files)
const megabytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6
console.log(`${files.length} Markdown files, ${megabytes.toFixed(2)} MB, under ${relative('.', folder) || '.'}`)
console.log('threads   seconds   files/s   speed-up   checksum')

let serial = 0
let last: BuiltIndex | undefined
const checksums = new Set<string>()
for (const threads of threadCounts()) {
  showProgress(`${threads === 0 ? 'in place' : `threads: ${threads}`}, warming up`)
  if (threads === 0) buildInPlace([files])
  else await warmUp(files, threads)
  const start = performance.now()
  const onProgress = (done: number): void => showProgress(`${done} of ${files.length} files`)
  last = threads === 0 ? buildInPlace(batches, onProgress) : await buildOnThreads(batches, threads, onProgress)
  const seconds = (performance.now() - start) / 1000
  if (threads === 0) serial = seconds
  showProgress('')
  const sum = checksum(last)
  checksums.add(sum)
  const cells = [
    (threads === 0 ? 'in place' : String(threads)).padEnd(8),
    seconds.toFixed(2).padStart(8),
    (files.length / seconds).toFixed(1).padStart(9),
    `${(serial / seconds).toFixed(2)}x`.padStart(10),
    `  ${sum}`,
  ]
  console.log(cells.join(' '))
}
console.log('Times are of warm threads: started, libraries loaded, every file indexed once before.')
console.log(
  `Each run rendered ${(last!.html.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1)} MB of highlighted HTML.`,
)
if (checksums.size > 1) throw new Error('the index differs between numbers of threads')

const found = last!.index.search(query)
console.log(`\n"${query}" is found in ${found.length} sections${found.length > 0 ? ', first in:' : ''}`)
for (const { id, title, score } of found.slice(0, 5)) {
  console.log(`${score.toFixed(1).padStart(7)}  ${title}  (${relative(folder, id)})`)
}

/** 0, 1, … as many as the machine has cores; of more than eight only the last. */
function threadCounts(): number[] {
  const cores = availableParallelism()
  const counts = Array.from({ length: Math.min(cores, 8) + 1 }, (_, count) => count)
  return cores > 8 ? [...counts, cores] : counts
}

/** The outermost node_modules folder above `from`: in a repository of workspaces, the one at its root. */
function findNodeModules(from: string): string {
  let found: string | undefined
  for (let at = resolve(from); ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules'))) found = join(at, 'node_modules')
    if (at === dirname(at)) break
  }
  if (found === undefined) throw new Error(`no node_modules folder at or above ${from}`)
  return found
}

/** Every Markdown file below a folder, sorted; REPO_INDEX_FILES limits their number. */
function listMarkdown(root: string): string[] {
  const limit = Number(process.env['REPO_INDEX_FILES'] ?? Infinity)
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .slice(0, limit)
}

/** Large files first, so that no thread is left with a large one at the end; order and batches are always the same. */
function cutIntoBatches(paths: string[]): string[][] {
  const sized = paths.map((path) => ({ path, size: statSync(path).size }))
  const cut: string[][] = []
  let room = 0
  for (const { path, size } of sized.toSorted((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))) {
    if (room <= 0) {
      cut.push([])
      room = BYTES_PER_BATCH
    }
    cut.at(-1)!.push(path)
    room -= size
  }
  return cut
}

/** Rewrites one line on stderr when somebody watches it. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
