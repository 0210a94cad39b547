import { AtomicCounter } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

export const threads = $shared(AtomicCounter, 'threads', 'h', () => [])
threads.add()

export const run = () => () => threads.load()
