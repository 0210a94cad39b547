// The channel with its reference.

import { channel } from 'experimental-threads'
import type { Receiver, Sender } from 'experimental-threads'

import type { Subject } from './run.ts'
import { abortAny, pick } from './run.ts'

const VALUES: readonly unknown[] = [null, undefined, 0, -1.5, '', 'é😀', [1, [2]], { a: null }, 'x'.repeat(500)]

export const CHANNEL: Subject = {
  name: 'channel',
  begin(run, made) {
    const capacity = 1 + (made % 3)
    const [tx, rx] = channel<unknown>(capacity)
    const senders: Sender<unknown>[] = [tx]
    const receivers: Receiver<unknown>[] = [rx]
    const queue: unknown[] = []
    let closed = false
    let sending: [number: number, value: unknown][] = []
    let receiving: number[] = []
    const tellSent = (result: { ok: boolean; error?: unknown }): string =>
      result.ok ? 'sent' : (result.error as { code: string }).code
    const tell = (result: { ok: boolean; value?: unknown; error?: unknown }): string =>
      result.ok ? told(result.value) : (result.error as { code: string }).code
    const told = (value: unknown): string => `got ${JSON.stringify(value)}`
    const moves = (): void => {
      for (;;) {
        if (queue.length > 0 && receiving.length > 0) run.settles(receiving.shift()!, told(queue.shift()))
        else if (!closed && sending.length > 0 && queue.length < capacity) {
          const [number, value] = sending.shift()!
          queue.push(value)
          run.settles(number, 'sent')
        } else break
      }
      if (!closed) return
      for (const [number] of sending.splice(0)) run.settles(number, 'R590')
      for (const number of receiving.splice(0)) run.settles(number, 'R590')
    }
    const send = (a: number, b: number, timeout?: number): void => {
      const end = pick(senders, a)
      if (end === undefined) return
      const value = VALUES[b % VALUES.length]
      const number = run.begin(
        'send',
        (signal) => end.send(value, timeout === undefined ? { signal } : { signal, timeout }),
        tellSent,
      )
      sending.push([number, value])
      moves()
      if (timeout === undefined || !sending.some(([other]) => other === number)) return
      sending.pop()
      run.settles(number, 'R537')
    }
    const receive = (a: number, timeout?: number): void => {
      const end = pick(receivers, a)
      if (end === undefined) return
      const number = run.begin(
        'recv',
        (signal) => end.recv(timeout === undefined ? { signal } : { signal, timeout }),
        tell,
      )
      receiving.push(number)
      moves()
      if (timeout === undefined || !receiving.includes(number)) return
      receiving.pop()
      run.settles(number, 'R537')
    }
    /** Gives an end back; with the last of its kind the channel closes. */
    const drop = <E extends Sender<unknown> | Receiver<unknown>>(ends: E[], a: number): void => {
      const end = pick(ends, a)
      // Who waits at an end that is given back may wait on; that is for other tests.
      if (end === undefined || sending.length + receiving.length > 0) return
      ends.splice(ends.indexOf(end), 1)
      end.dispose()
      end.dispose()
      if (ends.length === 0) closed = true
      moves()
    }
    return {
      often: ['send', 'recv', 'send', 'recv'],
      steps: {
        send: (a, b) => send(a, b),
        sendOrNot: (a, b) => send(a, b, a % 2),
        recv: (a) => receive(a),
        recvOrNot: (a, b) => receive(a, b % 2),
        trySend(a, b) {
          const end = pick(senders, a)
          if (end === undefined) return
          const fits = !closed && queue.length < capacity
          const value = VALUES[b % VALUES.length]
          run.same('trySend', tellSent(end.trySend(value)), closed ? 'R590' : fits ? 'sent' : 'R593')
          if (fits) queue.push(value)
          moves()
        },
        tryRecv(a) {
          const end = pick(receivers, a)
          if (end === undefined) return
          const expected = queue.length > 0 ? told(queue.shift()) : closed ? 'R590' : 'R593'
          run.same('tryRecv', tell(end.tryRecv()), expected)
          moves()
        },
        cloneSender(a) {
          const end = pick(senders, a)
          if (end !== undefined && senders.length < 3) senders.push(end.clone())
        },
        cloneReceiver(a) {
          const end = pick(receivers, a)
          if (end !== undefined && receivers.length < 3) receivers.push(end.clone())
        },
        dropSender: (a) => drop(senders, a),
        dropReceiver: (a) => drop(receivers, a),
        close(a, b) {
          const ends = [...senders, ...receivers]
          // Seldom, since not much happens behind it.
          const end = b % 3 === 0 ? pick(ends, a) : undefined
          if (end === undefined) return
          end.close()
          closed = true
          moves()
        },
        abort(a) {
          const number = abortAny(run, a)
          sending = sending.filter(([other]) => other !== number)
          receiving = receiving.filter((other) => other !== number)
          moves()
        },
      },
      end() {
        closed = true
        for (const end of [...senders.splice(0), ...receivers.splice(0)]) end.dispose()
        moves()
      },
    }
  },
}
