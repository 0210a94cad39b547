// Uses up each thing that there is a limited number of, and breaks what only memory corruption can break.
import { Global, Mutex } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { agentExited, arena, exportArena } from '../../../pkg/runtime/dist/memory/arena.js'
import { FIRST_WORD } from '../../../pkg/runtime/dist/memory/layout.js'

/** Calls until something is thrown; how many calls went through before, and the code. */
function untilFull(call) {
  for (let done = 0; ; done++) {
    try {
      call(done)
    } catch (error) {
      return `${done} ${error.code}`
    }
  }
}

// This thread is an agent itself, and place 0 is never used.
const exports = []
console.log(untilFull(() => exports.push(exportArena('user'))))
for (const given of exports) agentExited(given)
console.log(exportArena('user').agent !== exports[0].agent)

arena().bank[0].grow = () => {
  throw new RangeError('no memory')
}
console.log(untilFull(() => $shared(Global, 'memory', 'h', () => [new SharedArrayBuffer(4)])))

console.log(untilFull((index) => $shared(Mutex, `m${index}`, 'h', () => [])))

const guard = await new Mutex().lock()
arena().words.fill(0, FIRST_WORD)
console.log(untilFull(() => guard.unlock()))

const locks = untilFull(() => new Mutex().tryLock().unlock())
console.log(locks.endsWith('E313') && parseInt(locks) > 200_000)
