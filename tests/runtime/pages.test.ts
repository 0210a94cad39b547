import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import * as call from '../../pkg/runtime/dist/spawn/call-errors.js'
import * as common from '../../pkg/runtime/dist/errors.js'
import * as parts from '../../pkg/runtime/dist/loading/part-errors.js'
import * as pool from '../../pkg/runtime/dist/pool/pool-errors.js'

const errors = { ...common, ...call, ...parts, ...pool }

const made: Error[] = [
  errors.notLifted('{call}'),
  errors.cannotSend({ path: '{path}', what: '{what}' }, 'captured', '{at}'),
  errors.cannotReturn({ path: '{path}', what: '{what}' }, '{at}'),
  errors.workerTerminated('{why}', '{at}', undefined),
  errors.chunkNotLoaded('{address}', '{at}', undefined),
  errors.workerNotStarted('{address}', '{at}', undefined),
  errors.wrongProtocol('{theirs}', '{ours}' as unknown as number, '{at}'),
  errors.noWorkerAddress('{at}'),
  errors.addressUnreadable('{text}', '{at}'),
  errors.messageUnreadable('{what}', '{at}'),
  errors.noDedicatedWorker('{at}', '{max}' as unknown as number, ['{running}']),
  errors.queueFull('{at}', '{max}' as unknown as number),
  errors.shutDown('{at}'),
  errors.badOption('{name}', '{value}', '{wanted}'),
  errors.cannotThrow('{what}', '{at}'),
  errors.hostOnly('{name}'),
  errors.keptWorkerBusy('{name}', '{at}', '{graceTime}' as unknown as number),
  errors.unheardError(undefined),
  errors.recipeFailed('{name}', undefined),
  errors.classNotLoaded('{name}', undefined),
  errors.hookFailed('{name}', undefined),
  errors.unknownClass('{name}'),
  errors.unknownClosure('{call}', '{given}'),
  errors.noThread('{name}'),
  errors.callbackReleased('{where}'),
  errors.scopeOver(),
  errors.cannotCross('{path}', '{what}', '{at}'),
]

describe('the message of each run-time error is that of its page', () => {
  for (const error of made) {
    const { code } = error as Error & { code: string }
    it(code, () => {
      const page = readFileSync(new URL(`../../pkg/compiler/errors/${code}.md`, import.meta.url), 'utf8')
      expect(JSON.parse(/^message: (.*)$/m.exec(page)![1]!)).toBe(error.message.replace(/ \(@.*\)$/, ''))
    })
  }
})
