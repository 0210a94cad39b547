// `process.argv` of a worker: that of the thread which started it, since modules that read it do not know that they are in a thread.
//
// With the option `argv` alone the arguments come right, but what is before them depends: Node puts the path of a worker's file there, and
// nothing for a `data:` URL; Bun and Deno put the URL.

import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

const ARGUMENTS = 'experimental-threads/1/argv'

/** Starts a worker which finds the arguments of this thread. Those that others start meanwhile or later do not. */
export function withArguments<W>(start: () => W): W {
  setEnvironmentData(ARGUMENTS, process.argv.slice(1))
  try {
    return start()
  } finally {
    setEnvironmentData(ARGUMENTS, undefined as unknown as string)
  }
}

/** Gives this worker the arguments that were left to it. In place, since `argv` may have been imported by name. */
export function adoptArguments(): void {
  const given = getEnvironmentData(ARGUMENTS) as unknown as string[] | undefined
  if (given === undefined) return
  setEnvironmentData(ARGUMENTS, undefined as unknown as string)
  process.argv.splice(1, Infinity, ...given)
}
