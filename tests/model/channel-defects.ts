// Defects that are planted in the channel, and where each shows.

import type { Mutant } from './algorithms.ts'

export const DEFECTS: Mutant[] = [
  {
    name: 'a slot is claimed for a message without looking again',
    find: 'if (Atomics.compareExchange(ring, slot, seen, me | ((lap & 3) << 2) | WRITING) === seen) {',
    replace: 'Atomics.store(ring, slot, me | ((lap & 3) << 2) | WRITING)\n      {',
  },
  {
    name: 'a message is claimed without looking again',
    find: 'if (Atomics.compareExchange(ring, slot, seen, me | ((lap & 3) << 2) | READING) === seen) {',
    replace: 'Atomics.store(ring, slot, me | ((lap & 3) << 2) | READING)\n      {',
  },
  {
    name: 'a message wakes nobody',
    find: 'if (Atomics.load(words, at + RECEIVE_SIDE + WAITING) !== 0) wake(words, at + RECEIVE_SIDE)\n}\n\n/** Gives up',
    replace: '}\n\n/** Gives up',
  },
  {
    name: 'room wakes nobody',
    find: 'if (Atomics.load(words, at + SEND_SIDE + WAITING) !== 0) wake(words, at + SEND_SIDE)',
    replace: '',
  },
  {
    name: 'who has received passes nothing on',
    find: '  if (lookToReceive(words, at, ring, base, limit, bits) !== IDLE) wake(words, at + RECEIVE_SIDE)',
    replace: '',
  },
  {
    name: 'who has received does not pass on that none will come',
    find: '(lookToReceive(words, at, ring, base, limit, bits) !== IDLE) wake(words, at + RECEIVE_SIDE)',
    replace: '(lookToReceive(words, at, ring, base, limit, bits) === READY) wake(words, at + RECEIVE_SIDE)',
  },
  {
    name: 'who has sent passes nothing on',
    find: '  if (lookToSend(words, at, ring, base, limit, bits) === READY) wake(words, at + SEND_SIDE)',
    replace: '',
  },
  {
    name: 'a slot is freed for the lap that has just been read',
    find: 'Atomics.store(ring, slot, (lapAfter(position, bits) << 2) | FREE)\n  if (Atomics.load',
    replace: 'Atomics.store(ring, slot, ((position >>> bits) << 2) | FREE)\n  if (Atomics.load',
  },
  {
    name: 'a sender does not look whether the channel was closed meanwhile',
    find: 'if (Atomics.load(words, at + STATE) === OPEN) return position + 1',
    replace: 'if (lap >= 0) return position + 1',
  },
  {
    name: 'a close wakes one waiter only',
    find: 'Atomics.notify(words, at + RECEIVE_SIDE + lane, EVERY_SLEEPER)',
    replace: 'Atomics.notify(words, at + RECEIVE_SIDE + lane, 0)',
  },
  {
    name: 'the ticket is read after the look',
    find: `    const ticket = Atomics.load(words, at + RECEIVE_SIDE + lane)
    if (lookToReceive(words, at, ring, base, limit, bits) !== IDLE) break
`,
    replace: `    if (lookToReceive(words, at, ring, base, limit, bits) !== IDLE) break
    const ticket = Atomics.load(words, at + RECEIVE_SIDE + lane)
`,
  },
  {
    name: 'a dead writer is waited for',
    find: 'if (isAlive(words, seen >>> 4)) return IDLE',
    replace: 'if (isAlive(words, seen >>> 4) || lap >= 0) return IDLE',
  },
  {
    name: 'a dead reader is waited for',
    find: 'if ((seen & 3) === READING && !isAlive(words, seen >>> 4)) {',
    replace: 'if ((seen & 3) === READING && !isAlive(words, seen >>> 4) && lap > 200) {',
  },
  {
    name: 'the state is read after the slot',
    find: `        if (state === CLOSED) return ENDED
        if (anyHolds(words, at, SENDERS)) return IDLE`,
    replace: `        if (Atomics.load(words, at + STATE) === CLOSED) return ENDED
        if (anyHolds(words, at, SENDERS)) return IDLE`,
  },
  {
    name: 'an end that moves changes no version',
    find: `  Atomics.store(words, record + kind, number)
  Atomics.add(words, at + VERSION, 1)`,
    replace: `  Atomics.store(words, record + kind, number)`,
  },
  {
    name: 'an end that has arrived is counted after it has left its way',
    find: `  Atomics.add(words, holder + kind, 1)
  Atomics.add(words, at + VERSION, 1)
  Atomics.compareExchange(words, record + kind, number, 0)`,
    replace: `  Atomics.compareExchange(words, record + kind, number, 0)
  Atomics.add(words, at + VERSION, 1)
  Atomics.add(words, holder + kind, 1)`,
  },
  {
    name: 'what a dead thread holds counts',
    find: 'if (owner === 0 || isAlive(words, owner >>> 1)) {',
    replace: 'if (owner >= 0) {',
  },
  {
    name: 'who waits is counted after the look',
    find: `  startWaiting(words, at + RECEIVE_SIDE, BLOCKING_LANE)
  let claimed = 0
  for (;;) {
    const ticket = Atomics.load(words, at + RECEIVE_SIDE + BLOCKING_LANE)
    const look = lookToReceive(words, at, ring, base, limit, bits)`,
    replace: `  let claimed = 0
  for (;;) {
    const ticket = Atomics.load(words, at + RECEIVE_SIDE + BLOCKING_LANE)
    const look = lookToReceive(words, at, ring, base, limit, bits)
    startWaiting(words, at + RECEIVE_SIDE, BLOCKING_LANE)`,
  },
]

/** Where a defect shows, for those that would otherwise be looked for long in scenarios that cannot show them. */
export const SHOWN_BY: Readonly<Record<string, string>> = {
  'who has received passes nothing on': 'two receivers in one lane, the second of two messages is there first',
  'who has sent passes nothing on': 'the second of two slots is free first',
  'a sender does not look whether the channel was closed meanwhile': 'a close while one sends and one receives',
  'a close wakes one waiter only': 'a close while one sends and one receives',
  'a dead writer is waited for': 'the only sender crashes',
  'a dead reader is waited for': 'a receiver crashes',
  'the state is read after the slot': 'a close while one sends and one receives',
  'an end that moves changes no version': 'a sender moves to another thread, and is counted all the time',
  'an end that has arrived is counted after it has left its way':
    'a sender moves to another thread, and is counted all the time',
  'what a dead thread holds counts': 'the only sender crashes',
}
