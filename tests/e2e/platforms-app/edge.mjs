// A platform with modules and without workers, `location` and `navigator`: `node edge.mjs main.js [no-import]` runs a built page in it. With the second word
// it loads no module when it runs, as platforms do that must know all of them before.

import { readFile } from 'node:fs/promises'
import { SourceTextModule, createContext } from 'node:vm'

const [file, rule] = process.argv.slice(2)
const names =
  'URL,setTimeout,clearTimeout,structuredClone,performance,AbortController,AbortSignal,DOMException,Event,EventTarget,MessageChannel,TextDecoder,TextEncoder,console'
const given = names.split(',').map((name) => [name, globalThis[name]])
const context = createContext(Object.fromEntries(given))
const known = new Map()

function load(url) {
  if (!known.has(url)) known.set(url, make(url))
  return known.get(url)
}

async function make(url) {
  return new SourceTextModule(await readFile(new URL(url), 'utf8'), {
    context,
    identifier: url,
    initializeImportMeta: (meta) => Object.assign(meta, { url }),
    async importModuleDynamically(specifier, from) {
      if (rule === 'no-import') throw new Error('no such module')
      return run(new URL(specifier, from.identifier).href)
    },
  })
}

async function run(url) {
  const module = await load(url)
  if (module.status === 'unlinked')
    await module.link((specifier, from) => load(new URL(specifier, from.identifier).href))
  await module.evaluate()
  return module
}

await run(new URL(file, import.meta.url).href)
console.log(JSON.stringify(context.outcome))
process.exit()
