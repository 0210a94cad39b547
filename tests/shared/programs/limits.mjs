import { configure, Global } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

function codeOf(call) {
  try {
    call()
  } catch (error) {
    return error
  }
}

console.log(codeOf(() => configure({ sharedBuffers: 0 })).code)
console.log(codeOf(() => configure({ maxSharedBytes: Infinity })).code)
configure({ sharedBuffers: 2, maxSharedBytes: 4096 })
console.log(codeOf(() => $shared(Global, 'large', 'h', () => [new SharedArrayBuffer(4097)])).code)
let made = 0
let error
while (error === undefined) {
  error = codeOf(() => $shared(Global, `g${made}`, 'h', () => [new SharedArrayBuffer(4096)]))
  if (error === undefined) made++
}
console.log(`${made} made, then ${error.code} ${/configure\(.*?\)/.exec(error.message)?.[0]}`)
console.log(codeOf(() => configure({ sharedBuffers: 3 })).code)
