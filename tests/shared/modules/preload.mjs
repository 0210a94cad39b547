// What Node loads in each thread: workers count themselves, before the program itself has asked for shared memory.
import { isMainThread } from 'node:worker_threads'

if (!isMainThread) await import('./early.mjs')
