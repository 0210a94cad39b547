import { spawn } from 'experimental-threads'

export async function collections(): Promise<unknown> {
  const day = new Date(86_400_000)
  // WebKit's clones keep no identity of dates.
  const key = { day }
  const holes = ['first']
  holes[2] = 'last'
  const map = new Map<string, unknown>([
    ['list', holes],
    ['key', key],
  ])
  const shared = { day, map, key, all: new Set([key]), bytes: new Uint8Array([1, 2, 255]), word: /w(or)d/giu }
  return spawn(() => [
    map.get('key') === shared.key && shared.all.has(key),
    1 in (map.get('list') as unknown[]),
    shared.bytes[2],
    'a WORD'.replace(shared.word, '$1'),
    shared.day.toISOString(),
  ])
}
