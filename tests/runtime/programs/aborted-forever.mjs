import { once } from 'node:events'
import { configure } from 'experimental-threads'
import { boot, start } from './support.mjs'

boot()
configure({ graceTime: 200 })
const { port1, port2 } = new MessageChannel()
const thread = start('neverFrom', [port2], { transfer: [port2] })
await once(port1, 'message')
port1.close()
thread.abort('enough')
console.log(await thread.catch((reason) => reason))
