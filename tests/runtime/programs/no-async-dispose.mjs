// A platform that has no `Symbol.asyncDispose` yet.
const real = Symbol
globalThis.Symbol = new Proxy(function symbol() {}, {
  get: (_, key) => (key === 'asyncDispose' ? undefined : Reflect.get(real, key)),
})
const { Thread } = await import('experimental-threads')
globalThis.Symbol = real
const { boot, start } = await import('./support.mjs')
boot()
console.log(await start('add', [1, 2]), Object.hasOwn(Thread.prototype, 'undefined'))
