// Builds the search index of a list of Markdown files, in place or on threads: the same function does the work.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { spawn } from 'experimental-threads'
import MiniSearch, { type AsPlainObject } from 'minisearch'

import { type Section, renderPage } from './page.ts'
import { mergeShards, SEARCH_OPTIONS } from './shard.ts'

/** What a thread hands back for one batch: plain data, so that it can be cloned. */
interface BatchResult {
  batch: number
  shard: AsPlainObject
  htmlBytes: number
  htmlHash: string
}

export interface BuiltIndex {
  index: MiniSearch<Section>
  htmlBytes: number
  htmlHashes: string[]
}

/**
 * Claims batches until none is left, and indexes each. Whoever runs this, on however many threads, shares
 * `claimed`: `Atomics.add` gives each batch to exactly one of them, and a thread that is done early takes more.
 */
function* indexBatches(batches: string[][], claimed: Int32Array): Generator<BatchResult> {
  for (let batch = Atomics.add(claimed, 0, 1); batch < batches.length; batch = Atomics.add(claimed, 0, 1)) {
    const search = new MiniSearch<Section>(SEARCH_OPTIONS)
    const hash = createHash('sha256')
    let htmlBytes = 0
    for (const path of batches[batch]!) {
      const { html, sections } = renderPage(path, readFileSync(path, 'utf8'))
      search.addAll(sections)
      hash.update(html)
      htmlBytes += Buffer.byteLength(html)
      Atomics.add(claimed, 1, 1)
    }
    yield { batch, shard: search.toJSON(), htmlBytes, htmlHash: hash.digest('hex') }
  }
}

/**
 * Indexes all batches.
 *
 * @param threads how many threads; 0 calls the function in place
 * @param onProgress is told the number of files done so far
 */
export async function buildIndex(
  batches: string[][],
  threads: number,
  onProgress: (files: number) => void = () => {},
): Promise<BuiltIndex> {
  // Two counters in shared memory: the next batch to claim, and the files done.
  const claimed = new Int32Array(new SharedArrayBuffer(8))
  const results: BatchResult[] = []

  if (threads === 0) {
    for (const result of indexBatches(batches, claimed)) {
      results.push(result)
      onProgress(claimed[1]!)
    }
  } else {
    const timer = setInterval(() => onProgress(Atomics.load(claimed, 1)), 100)
    try {
      const running = Array.from({ length: threads }, () => spawn(() => [...indexBatches(batches, claimed)]))
      results.push(...(await Promise.all(running)).flat())
    } finally {
      clearInterval(timer)
    }
  }
  return join(results.toSorted((a, b) => a.batch - b.batch))
}

function join(results: BatchResult[]): BuiltIndex {
  return {
    index: mergeShards(results.map((result) => result.shard)),
    htmlBytes: results.reduce((sum, result) => sum + result.htmlBytes, 0),
    htmlHashes: results.map((result) => result.htmlHash),
  }
}

/** Of the whole index and of every page's HTML, in file order: equal for any number of threads. */
export function checksum({ index, htmlHashes }: BuiltIndex): string {
  return createHash('sha256')
    .update(JSON.stringify([index, htmlHashes]))
    .digest('hex')
    .slice(0, 16)
}

/**
 * Starts the threads and has each index the same few files, so that a measurement that follows does not count
 * starting them, loading the libraries or compiling their hottest functions. In place, the same files once.
 */
export async function warmUp(files: string[], threads: number): Promise<void> {
  const alone = (): Int32Array => new Int32Array(new SharedArrayBuffer(8))
  if (threads === 0) {
    for (const _ of indexBatches([files], alone()));
    return
  }
  const counters = Array.from({ length: threads }, alone)
  await Promise.all(counters.map((claimed) => spawn(() => [...indexBatches([files], claimed)].length)))
}
