/**
 * Lifts closures while Node loads modules, without a bundler and without writing files:
 *
 * ```sh
 * node --import experimental-threads/register app.ts
 * ```
 *
 * It needs `@experimental-threads/compiler` as a dependency, and before Node 22.13 `@swc/wasm-typescript` for TypeScript.
 */
// oxlint-disable-next-line unicorn/require-module-specifiers -- a module that exports nothing
export {}
