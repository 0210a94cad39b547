// What starts threads in Node: workers, or what stands in for them where the environment asks for that.

export { startWorker } from './node.ts'
export { startSerial } from './serial.ts'

const PRELOAD = /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader)(?:[\s=]|$)/

/** Modules that Node is told to load in each thread run in a worker before any message: they find the memory in what is left to it. */
export function runsBeforeMessages(): boolean {
  const options = process.env['NODE_OPTIONS']
  return process.execArgv.some((option) => PRELOAD.test(option)) || (options !== undefined && PRELOAD.test(options))
}
