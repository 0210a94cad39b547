import { $boot } from 'experimental-threads/internal'

import { start } from './support.mjs'

// Node refuses such a worker while it is constructed, as a browser may under a strict policy.
$boot('http://127.0.0.1/worker.js')
const outcomes = await Promise.all([start('add', [1, 2]).join(), start('add', [1, 2], { dedicated: true }).join()])
for (const { error } of outcomes) console.log(error.name, error.code, error.cause.code)
