// Threads without workers, for debugging and for hosts that have none: closures run where they are spawned, one after the
// other, with copies of their values as in a worker.

import { hasWorkers, macrotask } from '#host'

import { clone, importModule, runtimeState } from '../common.ts'
import type { HostWorker, HostWorkerEvents, WorkerPort } from './host.ts'
import { noWorkersNotice, serialNotice } from './serial-notices.ts'

let noticed = false

/** `url`: the bootstrap of workers, which has what runs closures; programs with workers need not carry it themselves. */
export function startSerial(url: string, events: HostWorkerEvents): HostWorker {
  if (!noticed) console.info(hasWorkers() ? serialNotice() : noWorkersNotice())
  noticed = true
  let over = false
  let toRunner: ((data: unknown) => void) | null = null
  const early: unknown[] = []
  const deliver = (data: unknown): void => {
    if (over) return
    if (toRunner === null) early.push(data)
    else toRunner(data)
  }
  const port: WorkerPort = {
    post(message, transfer) {
      const copy: unknown = clone(message, transfer)
      macrotask(() => {
        if (!over) events.message(copy)
      })
    },
    listen(message) {
      toRunner = message
      for (const data of early.splice(0)) message(data)
    },
    closing() {},
    uncaught() {},
  }
  const end = (why: string, cause: unknown): void => {
    if (over) return
    over = true
    events.ended(why, cause)
    events.stopped()
  }
  const state = runtimeState()
  importModule(url).then(
    () => state.runner!(port, state.load ?? importModule),
    (error: unknown) => end('what runs threads without workers did not load', error),
  )
  return {
    post(message, transfer) {
      const copy: unknown = clone(message, transfer)
      macrotask(() => deliver(copy))
    },
    ref() {},
    unref() {},
    lives() {},
    async terminate() {
      end('it was ended', undefined)
    },
  }
}
