// Workers start while their memory is made.

import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { runProgram } from './support.ts'

describe('a worker', () => {
  it('has the memory before what Node loads into each thread', async () => {
    const preload = fileURLToPath(new URL('modules/preload.mjs', import.meta.url))
    expect(await runProgram('preloads', '--import', preload)).toEqual({ code: 0, output: '1\n2\n' })
  })

  it('is none when there is no memory for it, and the next one is', async () => {
    expect(await runProgram('no-memory')).toEqual({ code: 0, output: 'no room 0\n1\n' })
  })
})
