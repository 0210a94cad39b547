// The worker lacks the class of a lock that it is sent, and learns so while the chunk is still loading.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { Semaphore } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

const folder = await mkdtemp(join(tmpdir(), 'incomplete-'))
const original = new URL('../../../pkg/runtime/', import.meta.url)
for (const part of ['dist', 'package.json']) await cp(new URL(part, original), join(folder, part), { recursive: true })
await rm(join(folder, 'dist/sync/semaphore.js'))
$boot(pathToFileURL(join(folder, 'dist/worker.js')).href)

const missing = pathToFileURL(join(folder, 'dist/sync/semaphore.js')).href
const chunk = `import { setImmediate } from 'node:timers/promises'
await import(${JSON.stringify(missing)}).catch(() => {})
for (let turn = 0; turn < 100; turn++) await setImmediate()
export const run = () => () => 1`
const load = `data:text/javascript,${encodeURIComponent(chunk)}`
const site = { p: 1, load, name: 'slow', at: 'src/a.ts:12:8', captures: ['semaphore'], blocks: false }
const { error } = await $spawn(site, null, undefined, [new Semaphore(1)]).join()
console.log(error.name, error.code, error.cause.code)
await rm(folder, { recursive: true })
