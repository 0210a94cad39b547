// Recipe modules as the compiler writes them. Each query makes a module of its own.
const query = new URL(import.meta.url).searchParams

globalThis.evaluated = (globalThis.evaluated ?? 0) + 1
if (query.has('fail')) throw new RangeError('no page here', { cause: 'the thread has none' })

export const where = () => 'thread'
export const tag = Symbol('thread')
export const table = { calls: 0, call: (n) => [++table.calls, n] }
