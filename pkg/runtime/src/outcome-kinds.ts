// What a task ended with. Numbers, since they cross the border. To be imported as `OUTCOME`: a module, and not an object, since
// bundlers put the numbers where they are used.

/** The closure returned; the packet holds the result. */
export const DONE = 0
/** The closure threw, or its result could not be sent; the packet holds the error. */
export const FAILED = 1
/** The worker chunk did not load; the packet holds the reason. */
export const NOT_LOADED = 2
/** An aborted task that has stopped, or never started. */
export const ABORTED = 3
/** The module of a captured value could not be loaded or evaluated; the packet holds R518. */
export const NOT_MADE = 4
