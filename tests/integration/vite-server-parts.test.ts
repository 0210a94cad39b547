// Frameworks hand one file to a client and to a server, and take out of each what the other is for, after this plugin has lifted.

import type { Plugin, Rolldown } from 'vite'
import { describe, expect, test } from 'vitest'
import experimentalThreads from 'vite-plugin-experimental-threads'

import { configOf, versions, writeApp } from './apps/vite-tools.ts'

const FILES = {
  'src/main.js': `import { show } from './route.js'
globalThis.outcome = show(2)
`,
  'src/route.js': `import { spawn } from 'experimental-threads'
import { lookUp } from './data.server.js'
const factor = 3
export const show = (n) => spawn(() => n * factor)
export const load = (n) => spawn(() => spawn(() => lookUp(n)))
`,
  'src/data.server.js': `export const lookUp = (n) => 'of the server only ' + n
`,
}

/** Takes loaders out of routes, and lets no module of the client have one of the server, as React Router and SvelteKit do. */
const serverParts: Plugin = {
  name: 'server-parts',
  resolveId(source) {
    if (source.includes('.server')) this.error('a module of the client asks for one of the server')
  },
  transform(code, id) {
    if (!id.endsWith('route.js')) return undefined
    const lines = code.split('\n')
    const load = lines.findIndex((line) => line.startsWith('export const load'))
    // What only the loader used goes with it.
    const [, site = ''] = /\$spawn\((\$site\w*)/.exec(lines[load]!) ?? []
    const kept = lines.filter((line, index) => index !== load && !line.includes('.server'))
    const declared = new RegExp(String.raw`const ${site.replaceAll('$', String.raw`\$`)} = \{.*?\};`)
    expect(kept.join('\n')).toMatch(declared)
    return { code: kept.join('\n').replace(declared, ''), map: null }
  },
}

describe.each(versions)('%s', (_, load) => {
  test('a closure that another plugin takes out of the client is not built for it, and the others are no entries', async () => {
    await using app = await writeApp(FILES)
    const build = { minify: false, rollupOptions: { input: `${app.root}/src/main.js` } }
    const plugins = [experimentalThreads(), serverParts]
    const { output } = (await (await load()).build(configOf(app, { build, plugins }))) as Rolldown.RolldownOutput
    const text = output.map((file) => (file.type === 'chunk' ? file.code : '')).join('\n')
    // Some frameworks refuse a client with two entries.
    expect(output.filter((file) => file.type === 'chunk' && file.isEntry).map(({ name }) => name)).toEqual(['main'])
    expect(text).toContain('n * factor')
    expect(text).not.toContain('of the server only')
    expect(text).not.toContain('lookUp(')
  })
})
