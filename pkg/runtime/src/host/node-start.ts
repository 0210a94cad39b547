// What starts threads in Node: workers, or what stands in for them where the environment asks for that.

export { startWorker } from './node.ts'
export { startSerial } from './serial.ts'
