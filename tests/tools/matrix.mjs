// @ts-check
// `npm run matrix`: every program in every host, whatever that takes to install.

import { test } from './test.mjs'

export async function matrix() {
  process.env['MATRIX'] = 'all'
  await test(['matrix'])
}
