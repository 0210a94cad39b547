/** What the apps end up with, wherever they run. */

/** Of `vite-threads/src/recipes.js`. */
export const recipesOutcome = { first: ['b', true, false, 1], second: [true, 2], here: 1, depth: 2 }

/** Of `vite-threads/src/tasks.js`. */
export const tasksOutcome = { kept: [13, 14], fib: 8, name: 'given', mapped: 100, failed: ['RangeError', 1] }

/** Of `vite-threads/src/instances.js`. */
export const instancesOutcome = {
  unnamed: [5, 8, 7],
  there: [true, true],
  back: [true, true, 7, 10],
  made: [true, 27],
  parser: ['a', 'b'],
  nested: 5,
  sent: 5,
  thrown: [true, true, 'failed'],
  mapped: [5, 10],
}

/** Of `vite-threads/src/streams.js`. */
export const streamsOutcome = {
  captured: [10, 11],
  byName: [[0, 1, 2], 'all'],
  task: ['a', 'b', 'c'],
  sent: ['d', 'e'],
  nested: 6,
  left: 1,
  failed: [1, 'RangeError', 'after one'],
  instances: [[2, 4], [8]],
  called: [1, 2],
}

/** Of `vite-threads`, without the stack. */
export const threadsOutcome = {
  main: 'label of main',
  first: { label: 'label of first', onPage: false },
  second: { label: 'label of second', duration: 172_800_000, two: 2 },
  nested: 2101,
  recipes: recipesOutcome,
  tasks: tasksOutcome,
  instances: instancesOutcome,
  streams: streamsOutcome,
}

/** Of `vite-own-worker`. */
export const ownWorkerOutcome = {
  said: 'FROM A THREAD',
  rest: ['la, la', 'lo, lo', 2],
  here: 'FROM MY OWN WORKER, FROM MY OWN WORKER',
}
