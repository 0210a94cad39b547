import { $boot } from 'experimental-threads/internal'

import { start } from './support.mjs'

$boot(new URL('./no-such-worker.mjs', import.meta.url).href)
const outcomes = await Promise.all(Array.from({ length: 200 }, () => start('add', [1, 2]).join()))
console.log(
  new Set(outcomes.map((outcome) => outcome.error.name)),
  outcomes[0].error.code,
  outcomes[0].error.cause.code,
)
