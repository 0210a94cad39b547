// Not every platform's `structuredClone` shares memory. The copies made there are compared with those of Node's, which does.

import { describe, expect, it } from 'vitest'

import { clone, cloneAroundShared, holdsShared } from '../../pkg/runtime/dist/codec/clone.js'

const bytes = new ArrayBuffer(8)
const loop: Record<string, unknown> = { name: 'loop' }
loop['self'] = [loop, new Map([[loop, new Set([loop])]])]

const values: [string, unknown][] = [
  ['a number', 1],
  ['nothing', undefined],
  ['plain data', { list: [1, null, 'é', -0, NaN, 10n], deep: { deeper: true } }],
  ['holes, and properties of an array', Object.assign([1], { length: 3, name: 'odd' })],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['a property named __proto__', JSON.parse('{ "__proto__": { "polluted": true } }')],
  ['a map and a set', { map: new Map<unknown, unknown>([[{ k: 1 }, new Set([1, 'two'])]]) }],
  ['what the platform has', [new Date(5), /a+/gi, Object(7), new Error('far', { cause: 1 }), new Blob(['x'])]],
  ['two views of one buffer', [new Uint8Array(bytes), new Float32Array(bytes, 4), new DataView(bytes, 1, 2)]],
  ['a cycle', loop],
  ['one object at two places', [loop, { loop }]],
]

describe('a copy beside which shared memory stays', () => {
  it.each(values)('of %s is that of structuredClone', (_, value) => {
    expect(cloneAroundShared(value)).toStrictEqual(structuredClone(value))
  })

  it('has nothing that the copied value has', () => {
    const value = { list: [{}], map: new Map([['k', {}]]), set: new Set([{}]), bytes: new Uint8Array(1) }
    const made = cloneAroundShared(value)
    value.list[0] = { changed: true }
    value.bytes[0] = 9
    value.map.clear()
    expect(made).toStrictEqual({
      list: [{}],
      map: new Map([['k', {}]]),
      set: new Set([{}]),
      bytes: new Uint8Array(1),
    })
  })

  it('keeps identity and cycles', () => {
    const made = cloneAroundShared([loop, { loop }]) as [typeof loop, { loop: typeof loop }]
    expect(made[1].loop).toBe(made[0])
    expect((made[0]['self'] as unknown[])[0]).toBe(made[0])
    const [first, second] = cloneAroundShared([new Uint8Array(bytes), new Uint16Array(bytes)]) as Uint8Array[]
    expect(second!.buffer).toBe(first!.buffer)
  })

  it('has the same shared memory, wherever it lies', () => {
    const memory = new SharedArrayBuffer(8)
    const wasm = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
    const words = new Int32Array(memory)
    const value = { words, map: new Map([[memory, [new DataView(memory)]]]), set: new Set([memory]), wasm }
    const made = cloneAroundShared(value)
    made.words[1] = 7
    expect(words[1]).toBe(7)
    expect([...made.map.keys(), ...made.set, made.map.get(memory)![0]!.buffer]).toEqual([memory, memory, memory])
    expect([...made.map.keys()][0]).toBe(memory)
    expect(made.wasm.buffer).toBe(wasm.buffer)
  })

  it('is made where there is such memory, at any place', () => {
    const words = new Int32Array(new SharedArrayBuffer(4))
    const places = [words, [[words]], { a: { words } }, new Map([[words, 1]]), new Map([[1, words]]), new Set([words])]
    for (const value of [...places, Object.assign([1], { words }), words.buffer]) {
      expect(holdsShared(value, new Set())).toBe(true)
    }
    for (const [, value] of values) expect(holdsShared(value, new Set())).toBe(false)
  })

  it('moves what is to be moved', () => {
    const { port1, port2 } = new MessageChannel()
    const data = new ArrayBuffer(4)
    const made = cloneAroundShared({ list: [data, port1], again: data, transfer: [data] }, [data, port1])
    expect(data.byteLength).toBe(0)
    expect(made.list[0]).toHaveProperty('byteLength', 4)
    expect(made.again).toBe(made.list[0])
    expect(made.transfer[0]).toBe(made.list[0])
    expect(made.list[1]).toBeInstanceOf(MessagePort)
    port2.close()
  })

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a promise', Promise.resolve()],
    ['a memory that is not shared', new WebAssembly.Memory({ initial: 1 })],
  ])('is refused for %s, as everywhere', (_, value) => {
    expect(() => cloneAroundShared([{ value }])).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
  })

  it('is made by the platform where that shares memory', () => {
    const memory = new SharedArrayBuffer(4)
    new Int32Array(clone(memory))[0] = 3
    expect(new Int32Array(memory)[0]).toBe(3)
    const data = new ArrayBuffer(4)
    clone([data], [data])
    expect(data.byteLength).toBe(0)
  })
})
