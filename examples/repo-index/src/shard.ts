// A shard is the search index of the pages that one thread took, as plain data; shards merge into one index.

import MiniSearch, { type AsPlainObject, type Options } from 'minisearch'

import type { Section } from './page.ts'

export const SEARCH_OPTIONS: Options<Section> = {
  fields: ['title', 'text'],
  storeFields: ['title'],
  // Words of one or two letters find nothing of use.
  processTerm: (term) => (term.length > 2 ? term.toLowerCase() : null),
  searchOptions: { boost: { title: 2 }, prefix: true },
}

/**
 * Joins shards into one index, which finds what an index of all their sections would, with the same scores.
 * A shard numbers its documents from 0, so each is shifted by the number of documents before it. The first shard
 * is not copied: it grows.
 */
export function mergeShards([merged, ...others]: [AsPlainObject, ...AsPlainObject[]]): MiniSearch<Section> {
  const terms = new Map(merged.index)
  for (const shard of others) {
    const shift = merged.nextId
    for (const id in shard.documentIds) {
      const shifted = shift + Number(id)
      merged.documentIds[shifted] = shard.documentIds[id]!
      merged.fieldLength[shifted] = shard.fieldLength[id]!
      merged.storedFields[shifted] = shard.storedFields[id]!
    }
    for (const [term, postings] of shard.index) {
      let known = terms.get(term)
      if (known === undefined) terms.set(term, (known = {}))
      for (const field in postings) {
        const documents = (known[field] ??= {})
        for (const id in postings[field]) documents[shift + Number(id)] = postings[field][id]!
      }
    }
    const count = merged.documentCount + shard.documentCount
    // A thread that came too late for any batch has an empty shard, without lengths.
    const total = ({ averageFieldLength, documentCount }: AsPlainObject, field: number): number =>
      documentCount * (averageFieldLength[field] ?? 0)
    merged.averageFieldLength = Object.values(merged.fieldIds).map(
      (field) => (total(merged, field) + total(shard, field)) / Math.max(count, 1),
    )
    merged.documentCount = count
    merged.nextId += shard.nextId
  }
  return MiniSearch.loadJS({ ...merged, index: [...terms] }, SEARCH_OPTIONS)
}
