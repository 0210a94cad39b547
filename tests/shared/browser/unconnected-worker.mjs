// A worker of a page that uses something shared before it joins.
import { connect, Mutex } from 'experimental-threads'

new Mutex().tryLock()
connect().catch(({ code }) => postMessage(code))
