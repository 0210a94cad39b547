import { describe, expect, it } from 'vitest'

import { declaredName } from '../../pkg/runtime/dist/codec/private-state.js'

describe('the private name that instances of a class have', () => {
  it.each([
    ['class A { #x = 1 }', '#x'],
    ['class A { y = 1; #x }', '#x'],
    ['class A { y = 1\n #x\n }', '#x'],
    ['class A { static s = 1\n #x = 2 }', '#x'],
    ['class A { get #x() { return 1 } }', '#x'],
    ['class A { async *#x() {} }', '#x'],
    ['class A { constructor() { this.y = /}/ } #x = 1 }', '#x'],
    ['class A { m() { return 1 / 2 } #x = 4 / 2 }', '#x'],
    ['class A { m() { return `${"}"}` } #x = 1 }', '#x'],
    ['class A extends mixin({ a: 1 }) { #x = 1 }', '#x'],
    ['class A { "a-b"() {} #名 = 1 }', '#名'],
    ['class A { größe\u2003= 1;\ufeff#名\u00a0= 1 }', '#名'],
    ['class A { constructor() { __privateAdd(this, _x, 1) } }', '#…'],
    ['class A { read() { return __classPrivateFieldGet(this, _A_x, "f") } }', '#…'],
  ])('%s', (text, name) => expect(declaredName(text)).toBe(name))

  it.each([
    'class A { x = 1 }',
    'class A { static #x = 1; y = A.#x }',
    'class A { static async #x() {} }',
    'class A { static get #x() { return 1 } }',
    'class A { x = "#y" }',
    "class A { x = '}#y'; z = 1 }",
    'class A { x = `#y`; z = `${1}#w` }',
    'class A { x = /#y/; z = /[/#]/ }',
    'class A { /* #x */ y = 1 // #z\n }',
    'class A { m() { return class { #x = 1 } } }',
    'class A { m(other) { return #x in other } }',
    'class A { color = "#fff"; m() { return a / b / c } }',
  ])('is none in %s', (text) => expect(declaredName(text)).toBeNull())
})
