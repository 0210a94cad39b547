/** What `check` throws: an error as some libraries make theirs, with fields that `Object.keys` does not show. */
export interface Invalid extends Error {
  issues: { path: string[]; expected: string }[]
}

export function check(value: { name: unknown }): string {
  if (typeof value.name === 'string') return value.name
  const error = new TypeError('invalid')
  const hide = (key: string, value: unknown): void => void Object.defineProperty(error, key, { value })
  hide('name', 'Invalid')
  hide('issues', [{ path: ['name'], expected: 'string' }])
  throw error
}
