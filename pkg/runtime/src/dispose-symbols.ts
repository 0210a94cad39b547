// The symbols of `using`. Where an engine has none yet, compilers that lower `using` look for those of the registry.

/** `Symbol.dispose` */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose)

/** `Symbol.asyncDispose` */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose)

/** To be called in a class whose method is written under one of them: where that is missing, the method got the name `undefined`. */
export function nameDisposal(prototype: object, symbol: typeof DISPOSE | typeof ASYNC_DISPOSE): void {
  if (symbol in prototype) return
  const holder = prototype as { undefined?: unknown }
  Object.defineProperty(prototype, symbol, { value: holder.undefined, writable: true, configurable: true })
  delete holder.undefined
}
