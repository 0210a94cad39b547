/** Module state as real programs have it, made with real libraries, and used by threads. `programs.test.ts` runs it. */

import { produce } from 'immer'
import { DateTime } from 'luxon'
import * as ramda from 'ramda'
import { spawn } from 'experimental-threads'
import { Matrix4, Quaternion, Vector3 } from 'three'
import { z } from 'zod'

// A schema is full of functions: each thread evaluates this once.
const order = z.object({
  id: z.string().min(2),
  items: z.array(z.object({ price: z.number().positive(), count: z.number().int() })).min(1),
})

// Scratch objects, as three's own sources have them. They are written by every call and say nothing between calls.
const scratch = new Vector3()
const turn = new Quaternion()
const up = Object.freeze([0, 1, 0])

// A memo table: a thread gets what is in it at the call, and fills its own copy.
const known = new Map([[0, 0]])

// A generator of random numbers hides its state in a function: each thread starts it anew.
const random = seeded(42)

const Status = Object.freeze({ open: 'open', late: 'late' })
const { pipe, sum, map } = ramda
const zone = { zone: 'utc', locale: 'de' }

function seeded(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function steps(n) {
  const before = known.get(n)
  if (before !== undefined) return before
  const count = 1 + steps(n > 1 ? (n % 2 === 0 ? n / 2 : 3 * n + 1) : 0)
  known.set(n, count)
  return count
}

const total = pipe(
  map((item) => item.price * item.count),
  sum,
)

async function main() {
  const text = '{ "id": "a1", "items": [{ "price": 2.5, "count": 2 }, { "price": 1, "count": 3 }] }'
  const points = Array.from({ length: 4 }, (_, at) => [at, at * 2, at * 3])
  const tickets = [{ due: '2024-02-29T10:00:00Z', status: Status.open }]
  const results = {
    zod: await spawn(() => total(order.parse(JSON.parse(text)).items)),
    refused: await spawn(() => order.safeParse({ id: 'a', items: [] }).error?.issues.map(({ path }) => path.join('.'))),
    three: await spawn(() => {
      turn.setFromAxisAngle(scratch.set(...up), Math.PI / 2)
      const matrix = new Matrix4().makeRotationFromQuaternion(turn)
      return points.map((point) =>
        scratch
          .set(...point)
          .applyMatrix4(matrix)
          .toArray()
          .map((each) => Math.round(each)),
      )
    }),
    memo: await spawn(() => [27, 97].map((n) => steps(n))),
    random: await spawn(() => [random(), random(), random()]),
    luxon: await spawn(() =>
      DateTime.fromISO('2024-02-29T12:00:00Z', zone).plus({ years: 1 }).toFormat('d. MMMM yyyy'),
    ),
    immer: await spawn(() =>
      produce(tickets, (draft) => {
        for (const ticket of draft) if (DateTime.fromISO(ticket.due).year < 2025) ticket.status = Status.late
      }),
    ),
    // What the threads did to their copies is not seen here.
    untouched: [tickets[0]?.status, scratch.toArray(), Object.isFrozen(Status)],
  }
  console.log(JSON.stringify(results))
}

await main()
