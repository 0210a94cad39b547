// @ts-check
// The two ends of `channel.bench.mjs`, as worker modules.

const megabyte = new Uint8Array(1 << 20)
const make = {
  integers: (/** @type {number} */ n) => n,
  'short texts': (/** @type {number} */ n) => `message ${n}`,
  'objects of 2 properties': (/** @type {number} */ id) => ({ id, name: 'x' }),
  'objects of 8 properties': (/** @type {number} */ id) => ({
    id,
    name: 'Jane Doe',
    mail: 'jane@example.org',
    tags: ['a', 'b'],
    at: { x: 1.5, y: -2 },
    done: false,
    parent: null,
    text: 'some text that is a little longer than the others are',
  }),
  'arrays of 1 MB': () => megabyte,
}

/** @typedef {keyof typeof make} Kind */
/** @typedef {{ send(value: unknown): Promise<unknown>, blockingSend(value: unknown): unknown }} Tx */
/** @typedef {{ recv(): Promise<unknown>, blockingRecv(): unknown }} Rx */

const runs = {
  send:
    (/** @type {Tx} */ tx, /** @type {Kind} */ kind, /** @type {string} */ way, /** @type {number} */ count) =>
    async () => {
      if (way === 'block') for (let n = 0; n < count; n++) tx.blockingSend(make[kind](n))
      else for (let n = 0; n < count; n++) await tx.send(make[kind](n))
    },
  receive: (/** @type {Rx} */ rx, /** @type {string} */ way, /** @type {number} */ count) => async () => {
    let start = 0
    for (let n = 0; n < count; n++) {
      if (way === 'block') rx.blockingRecv()
      else await rx.recv()
      if (n === 0) start = performance.now()
    }
    return performance.now() - start
  },
  post: (/** @type {MessagePort} */ port, /** @type {Kind} */ kind, /** @type {number} */ count) => () => {
    for (let n = 0; n < count; n++) port.postMessage(make[kind](n))
  },
  receivePosted: (/** @type {MessagePort} */ port, /** @type {number} */ count) => () =>
    new Promise((resolve) => {
      let got = 0
      let start = 0
      port.addEventListener('message', () => {
        if (got++ === 0) start = performance.now()
        if (got < count) return
        port.close()
        resolve(performance.now() - start)
      })
      port.start()
    }),
}

const name = /** @type {keyof typeof runs} */ (new URL(import.meta.url).searchParams.get('run') ?? 'send')
export const run = runs[name]
