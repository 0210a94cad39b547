// Kinds of what is told between a host and its workers. To be imported as `MESSAGE`: a module, and not an object, since bundlers put
// the numbers where they are used.

/** host → worker, first: what a worker needs before any user module. */
export const BOOT = 0
/** host → worker: run this task, which has this word of the aborts. */
export const RUN = 1
/** host → worker: this task is aborted. worker → host: abort the task that I spawned. */
export const ABORT = 2
/** either way: a task ended. */
export const SETTLED = 3
/** either way: your message of this number could not be read. */
export const UNREADABLE = 4
/** worker → host: booted. */
export const READY = 5
/** worker → host: my loop is free and I have nothing left to start. */
export const PULL = 6
/** worker → host: answer to ABORT, shows that the loop turns. */
export const TURNED = 7
/** worker → host: run this task for me, unless I claim it first. */
export const SPAWN = 8
/** worker → host: the task that I spawned need not keep the program alive. */
export const UNREF = 9
/** worker → host: the worker closes itself. */
export const CLOSING = 10
/** worker → host: nobody caught this error; what the platform tells the host of it has no class and no stack. */
export const UNCAUGHT = 11
/** either way: from now on, this number stands for this head. */
export const HEAD = 12
/** either way: a task ended with a small value. */
export const RESULT = 13
/** worker → host: I run the task that I spawned myself. */
export const TAKEN = 14
/** worker → host: a task that I took has ended, and how. */
export const CHILD_ENDED = 16
/** worker → host: my heap has grown beyond the limit. */
export const HEAVY = 17
/** worker → host: a message of mine that held the ends of several tasks could not be read. */
export const LOST = 15
/** host → worker: the pool is to be shut down. */
export const LEAVE = 18
/** host → worker: run these tasks of one call in the source, whose values are few primitives. */
export const RUNS = 19
/** host → worker: from now on you can be called, and can answer, without messages; here is the memory for it. */
export const RING = 20
/** host → worker: run this task, whose values need no more than to be cloned or moved. */
export const RUN_FLAT = 21
