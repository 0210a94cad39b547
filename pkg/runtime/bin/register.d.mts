/**
 * Lifts closures while Node loads modules, without a bundler and without writing files:
 *
 * ```sh
 * node --import experimental-threads/register app.ts
 * ```
 *
 * It needs `@experimental-threads/compiler`, which either plugin brings along.
 */
// oxlint-disable-next-line unicorn/require-module-specifiers -- a module that exports nothing
export {}
