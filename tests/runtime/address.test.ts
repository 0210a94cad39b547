import { shutdown } from 'experimental-threads'
import type { Address } from 'experimental-threads/internal'
import { $spawn } from 'experimental-threads/internal'
import { afterAll, describe, expect, it } from 'vitest'

import { resolveAddress } from '../../pkg/runtime/dist/loading/address.js'
import { AT, site, thrownBy } from './support.ts'

afterAll(() => shutdown({ deadline: 0 }))

const BASE = 'https://example.org/app/main.js'
const read = (text: string): string => {
  const load = new Function(`return ${text}`)() as () => Promise<unknown>
  return resolveAddress([load, BASE], 'file:///', AT)
}

describe('the address of a chunk', () => {
  it('is read out of the import in every form that bundlers write', () => {
    const forms = [
      '() => import("./chunk-A1.js")',
      "()=>import('./chunk-A1.js')",
      '()=>import(`./chunk-A1.js`)',
      'function(){return import("./chunk-A1.js")}',
      '() => import("./chunk-A1.js").then((m) => m.default)',
      '() => preload(() => import("./chunk-A1.js"), [])',
      '() => import(/* @vite-ignore */ "./chunk-A1.js")',
      '() => import(// why\n"./chunk-A1.js"\n)',
      '() => import("./chunk-A1.js", { with: {} })',
      String.raw`() => import("./chunk\u002dA1.js")`,
      String.raw`() => import('./chunk\x2dA1.js')`,
    ]
    for (const form of forms) expect(read(form), form).toBe('https://example.org/app/chunk-A1.js')
  })

  it('may be absolute', () => {
    expect(read('() => import("/assets/a.js")')).toBe('https://example.org/assets/a.js')
    expect(read('() => import("https://cdn.example.org/a.js")')).toBe('https://cdn.example.org/a.js')
  })

  it('is never computed: what cannot be read is refused', () => {
    const refused = [
      '() => import("./a" + x)',
      '() => import(x)',
      '() => import(`./${x}.js`)',
      '() => 1',
      '() => import("pkg")',
    ]
    for (const form of refused)
      expect(
        thrownBy(() => read(form)),
        form,
      ).toMatchObject({ code: 'R509' })
  })

  it('as a string is relative to the base of the program', () => {
    expect(resolveAddress('chunks/a.js', 'file:///home/app/', AT)).toBe('file:///home/app/chunks/a.js')
    expect(resolveAddress('/srv/a b.js', 'file:///home/app/', AT)).toBe('file:///srv/a%20b.js')
    expect(resolveAddress('https://example.org/a.js', 'file:///', AT)).toBe('https://example.org/a.js')
  })

  it('works as a thunk in a real spawn', async () => {
    // Made from text, since the test runner rewrites the imports of this file.
    const load = new Function('return () => import("./modules/identity.mjs")')() as () => Promise<unknown>
    const address: Address = [load, import.meta.url]
    expect(await $spawn(site(address), null, undefined, [1, 2])).toEqual([1, 2])
  })
})
