import { expect, test } from 'vitest'
import { staleReason } from '../../pkg/compiler/build/stamp.mjs'

test('the committed WebAssembly was built from the sources beside it', () => {
  expect(staleReason()).toBeNull()
})
