// examples/repo-index on real input: the same index for any number of threads, from both bundlers, in Node.

import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import MiniSearch from 'minisearch'
import { build } from 'vite'
import threads from 'vite-plugin-experimental-threads'
import { beforeAll, describe, expect, test } from 'vitest'

import type { Section } from '../../examples/repo-index/src/page.ts'
import { mergeShards, SEARCH_OPTIONS } from '../../examples/repo-index/src/shard.ts'
import { exampleFolder, runNode } from './support/examples.ts'

const root = exampleFolder('repo-index')

/** Enough files for every thread, few enough for seconds. */
const env = { REPO_INDEX_FILES: '24' }

const BUNDLERS = {
  esbuild: {
    script: join(root, 'dist/main.js'),
    build: async (signal: AbortSignal) => {
      const { code, stderr } = await runNode('build.mjs', { cwd: root, signal })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    },
  },
  Vite: {
    script: join(root, 'dist/ssr/main.js'),
    build: async () => {
      await build({
        root,
        configFile: false,
        logLevel: 'warn',
        plugins: [threads()],
        build: { ssr: 'src/main.ts', outDir: 'dist/ssr', emptyOutDir: true },
      })
    },
  },
}

describe.each(Object.entries(BUNDLERS))('built with %s', (_, bundler) => {
  const stop = new AbortController()
  beforeAll(async () => {
    await bundler.build(stop.signal)
    return () => stop.abort()
  })

  test('threads and the main program make the same index, and the program ends by itself', async ({ signal }) => {
    const { code, stdout, stderr } = await runNode(bundler.script, { cwd: root, env, signal })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })

    const rows = [...stdout.matchAll(/^(in place|\d+) +[\d.]+ +([\d.]+) +[\d.]+x +([0-9a-f]{16})$/gm)]
    const counts = rows.map((row) => row[1])
    expect(counts.slice(0, 2)).toEqual(['in place', '1'])
    expect(counts.at(-1)).toBe(String(availableParallelism()))
    expect(new Set(rows.map((row) => row[3])).size).toBe(1)
    expect(rows.every((row) => Number(row[2]) > 0)).toBe(true)
    expect(stdout).toMatch(/^24 Markdown files/)
  })
})

test('merged shards are the index of all their sections', () => {
  const section = (at: number): Section => ({
    id: `page-${at}`,
    title: `Heading ${at % 3}`,
    text: `worker ${'thread '.repeat(at % 5)} word${at} word${at % 4}`,
  })
  const sections = Array.from({ length: 30 }, (_, at) => section(at))
  const whole = new MiniSearch<Section>(SEARCH_OPTIONS)
  whole.addAll(sections)

  const shardOf = (part: Section[]) => {
    const shard = new MiniSearch<Section>(SEARCH_OPTIONS)
    shard.addAll(part)
    return structuredClone(shard.toJSON())
  }
  // Empty ones too: a thread may come too late for any batch.
  const parts = [sections.slice(0, 0), sections.slice(0, 13), sections.slice(13, 14), sections.slice(14)]
  const merged = mergeShards([shardOf([]), ...parts.map(shardOf), shardOf([])])

  for (const query of ['thread', 'heading 1', 'word2 worker', 'word29']) {
    // Sorted, since an index promises no order among equal scores.
    const found = (index: MiniSearch<Section>) =>
      index
        .search(query)
        .map(({ id, title, score }) => `${score.toFixed(9)} ${id} ${title}`)
        .toSorted()
    expect(found(merged)).toEqual(found(whole))
  }
})
