// A shard is the search index of one batch of pages, as plain data; shards merge into one index.

import MiniSearch, { type AsPlainObject, type Options } from 'minisearch'

import type { Section } from './page.ts'

export const SEARCH_OPTIONS: Options<Section> = {
  fields: ['title', 'text'],
  storeFields: ['title'],
  searchOptions: { boost: { title: 2 }, prefix: true },
}

/**
 * Joins shards into one index, which finds what an index of all their sections would, with the same scores.
 * A shard numbers its documents from 0, so each is shifted by the number of documents before it.
 */
export function mergeShards(shards: AsPlainObject[]): MiniSearch<Section> {
  const merged: AsPlainObject = new MiniSearch<Section>(SEARCH_OPTIONS).toJSON()
  const terms = new Map<string, Record<string, Record<string, number>>>()
  const lengths = Object.keys(merged.fieldIds).map(() => 0)
  for (const shard of shards) {
    const shift = merged.nextId
    for (const [id, name] of Object.entries(shard.documentIds)) {
      merged.documentIds[shift + Number(id)] = name
      merged.fieldLength[shift + Number(id)] = shard.fieldLength[id]!
      merged.storedFields[shift + Number(id)] = shard.storedFields[id]!
    }
    for (const [term, postings] of shard.index) {
      let all = terms.get(term)
      if (all === undefined) terms.set(term, (all = {}))
      for (const [field, documents] of Object.entries(postings)) {
        const target = (all[field] ??= {})
        for (const id in documents) target[shift + Number(id)] = documents[id]!
      }
    }
    for (const field of lengths.keys()) lengths[field]! += (shard.averageFieldLength[field] ?? 0) * shard.documentCount
    merged.documentCount += shard.documentCount
    merged.nextId += shard.nextId
  }
  merged.averageFieldLength = lengths.map((length) => length / merged.documentCount)
  merged.index = [...terms]
  return MiniSearch.loadJS(merged, SEARCH_OPTIONS)
}
