// Loads a module by its address, whatever bundlers make of the runtime. In one place, as TypeScript adds a helper wherever this is written.

export const importModule = (address: string): Promise<unknown> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ address)
