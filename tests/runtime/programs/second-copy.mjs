import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { stats } from 'experimental-threads'

import { boot, start } from './support.mjs'

boot()
await start('add', [1, 2])
const folder = await mkdtemp(join(tmpdir(), 'copy-'))
const original = new URL('../../../pkg/runtime/', import.meta.url)
for (const part of ['dist', 'package.json']) await cp(new URL(part, original), join(folder, part), { recursive: true })
const copy = await import(pathToFileURL(join(folder, 'dist/index.js')).href)
const internal = await import(pathToFileURL(join(folder, 'dist/internal.js')).href)
const load = new URL('../modules/closures.mjs?run=sum', import.meta.url).href
const site = { p: 1, load, name: 'sum', at: 'src/b.ts:1:1', captures: ['k'], blocks: false }
console.log(await internal.$spawn(site, copy.move(1, 2), undefined, [3]), copy.stats().workers, stats().workers)
await rm(folder, { recursive: true })
