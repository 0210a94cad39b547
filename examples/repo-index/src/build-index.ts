// Builds the search index of a list of Markdown files, in place or on threads: the same function does the work.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { spawn } from 'experimental-threads'
import MiniSearch from 'minisearch'

import { type Section, renderPage } from './page.ts'
import { mergeShards, SEARCH_OPTIONS } from './shard.ts'

export interface BuiltIndex {
  index: MiniSearch<Section>
  /** Of every page. */
  html: { path: string; bytes: number; hash: string }[]
}

/** The numbers that all who index together share: the next batch to claim, and the files done. */
type Counters = Int32Array<SharedArrayBuffer>

const newCounters = (): Counters => new Int32Array(new SharedArrayBuffer(8))

/**
 * Claims batches until none is left, and indexes them. Whoever runs this, on however many threads, shares the
 * counters: `Atomics.add` gives each batch to exactly one of them, and a thread that is done early takes more.
 */
function indexBatches(batches: string[][], counters: Counters, onBatch: () => void = () => {}): BuiltIndex {
  const built: BuiltIndex = { index: new MiniSearch<Section>(SEARCH_OPTIONS), html: [] }
  for (let batch = Atomics.add(counters, 0, 1); batch < batches.length; batch = Atomics.add(counters, 0, 1)) {
    for (const path of batches[batch]!) {
      const { html, sections } = renderPage(path, readFileSync(path, 'utf8'))
      built.index.addAll(sections)
      built.html.push({
        path,
        bytes: Buffer.byteLength(html),
        hash: createHash('sha256').update(html).digest('hex'),
      })
      Atomics.add(counters, 1, 1)
    }
    onBatch()
  }
  return built
}

/** Indexes all batches in place. `onProgress` is told the number of files done so far. */
export function buildInPlace(batches: string[][], onProgress: (files: number) => void = () => {}): BuiltIndex {
  const counters = newCounters()
  return indexBatches(batches, counters, () => onProgress(counters[1]!))
}

/** Indexes all batches on `threads` threads, each of which makes a shard, and merges the shards. */
export async function buildOnThreads(
  batches: string[][],
  threads: number,
  onProgress: (files: number) => void = () => {},
): Promise<BuiltIndex> {
  const counters = newCounters()
  const timer = setInterval(() => onProgress(Atomics.load(counters, 1)), 100)
  try {
    const indexShard = () =>
      spawn(() => {
        const { index, html } = indexBatches(batches, counters)
        return { shard: index.toJSON(), html }
      })
    const [first, ...others] = await Promise.all([indexShard(), ...Array.from({ length: threads - 1 }, indexShard)])
    return {
      index: mergeShards([first.shard, ...others.map(({ shard }) => shard)]),
      html: [first, ...others].flatMap(({ html }) => html),
    }
  } finally {
    clearInterval(timer)
  }
}

/**
 * Starts the threads and has each index the same files, so that a measurement that follows does not count starting
 * them, loading the libraries or compiling their hottest functions.
 */
export async function warmUp(files: string[], threads: number): Promise<void> {
  const indexAlone = () => spawn(() => indexBatches([files], newCounters()).html.length)
  await Promise.all(Array.from({ length: threads }, indexAlone))
}

/** Of everything found and rendered. Which thread took which page, and when, makes no difference. */
export function checksum({ index, html }: BuiltIndex): string {
  const { documentIds, index: terms } = index.toJSON()
  const found = terms.flatMap(([term, fields]) =>
    Object.entries(fields).flatMap(([field, documents]) =>
      Object.entries(documents).map(([id, times]) => `${term} ${field} ${documentIds[id]} ${times}`),
    ),
  )
  const rendered = html.map(({ path, hash }) => `${path} ${hash}`)
  return createHash('sha256')
    .update([...found, ...rendered].toSorted().join('\n'))
    .digest('hex')
    .slice(0, 16)
}
