// @ts-check
// A Vitest reporter: notes the tests that failed at first and passed when they ran again, so that `npm test` can print them. A
// test that needs a second try has a cause, in the test or in what it tests, that somebody has to look for.

import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One line for each such test. */
export const SECOND_TRIES = fileURLToPath(new URL('../../target/second-tries.txt', import.meta.url))

export default class SecondTries {
  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    if (!test.diagnostic()?.flaky) return
    const [error] = test.result().errors ?? []
    const why = (error?.message ?? 'no message').split('\n')[0]
    mkdirSync(dirname(SECOND_TRIES), { recursive: true })
    appendFileSync(SECOND_TRIES, `${test.module.relativeModuleId} > ${test.fullName}: at first ${why}\n`)
  }
}
