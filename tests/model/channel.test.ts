import type { Mutant } from './algorithms.ts'
import { DEFECTS, SHOWN_BY } from './channel-defects.ts'
import { HOST, RECEIVERS, recordOf, scenario, SENDERS, WORKER } from './channel-runs.ts'
import type { Scenario } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'the second of two messages is there first': (mutant) =>
    scenario([['sendsTurned'], ['receives'], ['receivesAwaiting', WORKER]], { mutant, capacity: 2 }),
  'two receivers in one lane, the second of two messages is there first': (mutant) =>
    scenario([['sendsTurned'], ['receives'], ['receives']], { mutant, capacity: 2 }),
  'the second of two slots is free first': (mutant) =>
    scenario([['receivesTurned'], ['sends', 1], ['sends', 2]], { mutant, capacity: 2, full: true }),
  'two senders and a receiver of both, two slots': (mutant) =>
    scenario(
      [
        ['sends', 1],
        ['sends', 2],
        ['receivesTwiceAwaiting', WORKER],
      ],
      { mutant, capacity: 2, spurious: 1 },
    ),
  'a sender moves to another thread, and is counted all the time': (mutant) =>
    scenario([['givesAway', recordOf(3)], ['getsAndSends', recordOf(3), 1], ['drains']], {
      mutant,
      ends: { 0: SENDERS, 2: RECEIVERS },
      preemptions: 3,
    }),
  'two senders and a receiver, one slot': (mutant) =>
    scenario([['sends', 1], ['sendsAwaiting', 2, WORKER], ['receivesTwice']], { mutant, spurious: 1 }),
  'two receivers in one lane, two senders': (mutant) =>
    scenario(
      [
        ['receivesAwaiting', WORKER],
        ['receivesAwaiting', WORKER],
        ['sendsTwice', 1, 2],
      ],
      { mutant, capacity: 2 },
    ),
  'a close while one sends and one receives': (mutant) =>
    scenario([['triesTwice', 1, 2], ['drains'], ['closes']], { mutant, spurious: 1, drained: true }),
  'a close while one sends and two receive': (mutant) =>
    scenario([['triesTwice', 1, 2], ['closesAndDrains'], ['drains']], { mutant, drained: true, preemptions: 3 }),
  'the only receiver crashes': (mutant) =>
    scenario([['drains'], ['sendsTwiceAndDrops', 2, 3]], {
      mutant,
      crash: [0],
      preemptions: 3,
      ends: { 0: RECEIVERS, 1: SENDERS },
    }),
  'the only sender crashes': (mutant) =>
    scenario(
      [
        ['sendsTwiceAndDrops', 1, 2],
        ['drainsAwaiting', WORKER],
      ],
      {
        mutant,
        crash: [0],
        preemptions: 3,
        ends: { 0: SENDERS, 1: RECEIVERS },
      },
    ),
  'a busy host is woken and stalls nobody': (mutant) =>
    scenario([['receivesAwaiting', HOST], ['receives'], ['sendsAndDrops', 1]], {
      mutant,
      mayStall: [0],
      preemptions: 3,
      ends: { 0: RECEIVERS, 1: RECEIVERS, 2: SENDERS },
    }),
  'a sender of two, two receivers, two slots': (mutant) =>
    scenario([['sendsTwice', 1, 2], ['receives'], ['receivesAwaiting', HOST]], { mutant, capacity: 2, spurious: 1 }),
  'a sender of two, two receivers, one slot': (mutant) =>
    scenario([['sendsTwice', 1, 2], ['receives'], ['receivesAwaiting', WORKER]], { mutant, spurious: 1 }),
  'three laps through one slot': (mutant) =>
    scenario([['sendsTwice', 1, 2], ['sends', 3], ['receivesThrice']], { mutant }),
  'a receiver whose time is up passes its wake-up on': (mutant) =>
    scenario([['receives'], ['receives'], ['sendsAndDrops', 1]], {
      mutant,
      clock: [0],
      preemptions: 3,
      ends: { 0: RECEIVERS, 1: RECEIVERS, 2: SENDERS },
    }),
  'receivers end when the last sender has gone': (mutant) =>
    scenario([['sendsAndDrops', 1], ['drains'], ['drainsAwaiting', WORKER]], {
      mutant,
      preemptions: 3,
      ends: { 0: SENDERS, 1: RECEIVERS, 2: RECEIVERS },
    }),
  'two senders go, one after its message': (mutant) =>
    scenario([['sendsAwaitingAndDrops', 1, WORKER], ['sendsAndDrops', 2], ['drains']], {
      mutant,
      preemptions: 3,
      ends: { 0: SENDERS, 1: SENDERS, 2: RECEIVERS },
    }),
  'a sender ends when the last receiver has gone': (mutant) =>
    scenario([['sends', 1], ['sendsTwiceAwaiting', 3, 0, WORKER], ['receivesAndDrops']], {
      mutant,
      preemptions: 3,
      ends: { 0: SENDERS, 1: SENDERS, 2: RECEIVERS },
    }),
  'somebody who only tries takes what a waiter was woken for': (mutant) =>
    scenario([['sendsTwiceAndDrops', 1, 2], ['drains'], ['triesToReceive']], {
      mutant,
      ends: { 0: SENDERS, 1: RECEIVERS, 2: RECEIVERS },
    }),
  'a sender crashes': (mutant) =>
    scenario([['sends', 1], ['sends', 3], ['receives']], { mutant, crash: [0], preemptions: 3 }),
  'a receiver crashes': (mutant) =>
    scenario([['receives'], ['receives'], ['sendsTwice', 1, 2]], { mutant, crash: [0], preemptions: 3 }),
  'one dies, one is aborted, time is up for one': (mutant) =>
    scenario([['receivesUnlessAborted', WORKER], ['receives'], ['sendsAndDrops', 1]], {
      mutant,
      crash: [2],
      clock: [1],
      abort: 0,
      preemptions: 3,
      ends: { 0: RECEIVERS, 1: RECEIVERS, 2: SENDERS },
    }),
}

verified('channel', SCENARIOS)
mutants('channel', DEFECTS, (mutant) => {
  const first = SHOWN_BY[mutant.name]
  return byScenarios(first === undefined ? SCENARIOS : { [first]: SCENARIOS[first]! })(mutant)
})
