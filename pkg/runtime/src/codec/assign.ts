// Setting a property whose name comes from the user's data.

/** `__proto__` is data like any other key, and plain assignment would take it for something else. */
export function assign(container: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    ;(container as Record<string, unknown>)[key] = value
  }
}

/** Defines a property as it would be on an error: hidden, unless it is said to be shown. */
export function define(target: object, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable, configurable: true })
}
