// What is said where threads run without workers.

/** Printed, since nothing has failed. */
export const serialNotice = (): string =>
  'R541: threads run on the program’s own thread, one after the other, since `maxThreads` or EXPERIMENTAL_THREADS is 0'

/** The same, where nobody asked for it. */
export const noWorkersNotice = (): string =>
  'R550: threads run on the program’s own thread, one after the other, since this platform has no workers'
