declare const process: { argv: string[] } | undefined

/** What a module that reads the arguments of the program sees while it is loaded. */
export const atLoad = typeof process === 'undefined' ? [] : [...process.argv]
