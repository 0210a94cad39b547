import { inspect } from 'node:util'

import { configure, Mutex, shutdown } from 'experimental-threads'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { failureOf, reaches, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 1 }))
afterAll(() => shutdown({ deadline: 0 }))

const fresh =
  'Mutex(free) RwLock(free) Semaphore(3 free) Barrier(0 of 2 have come) Once(not done) Lazy(not made) WaitGroup(0 left) ' +
  'AtomicCounter(3) AtomicFlag(clear) Sender(open) Receiver(open) Condvar()'

it('prints what threads share in a few words, and gives it no memory for that', async () => {
  const { code, output } = await runProgram('inspects')
  expect(output.trim().split('\n')).toEqual([
    fresh,
    'false',
    'Mutex(held by this thread) RwLock(read by 2) Semaphore(1 free) Barrier(1 of 2 have come) Once(not done) Lazy(not made) ' +
      'WaitGroup(5 left) AtomicCounter(-7) AtomicFlag(set) Sender(open) Receiver(open) Condvar() RwLock(written by this thread) ' +
      'MutexGuard(held) ReadGuard(held) ReadGuard(held) Permit(2 held) WaitGroupMember(held) WriteGuard(held)',
    'Once(this thread is doing it)',
    'Mutex(free) RwLock(free) Semaphore(3 free) Barrier(broken) Once(done) Lazy(made) WaitGroup(4 left) AtomicCounter(-7) ' +
      'AtomicFlag(set) Sender(disposed) Receiver(closed) Condvar() RwLock(free) MutexGuard(released) ReadGuard(released) ' +
      'ReadGuard(released) Permit(2 released) WaitGroupMember(released) WriteGuard(released)',
    '{ in: [ Mutex(free) ] }',
  ])
  expect(code).toBe(0)
})

it('prints it where there is no shared memory', async () => {
  const barred = '--import=data:text/javascript,globalThis.crossOriginIsolated=false'
  expect(await runProgram('inspects', barred)).toEqual({ code: 0, output: `${fresh}\nfalse\n` })
})

it('names the thread that holds a mutex, and says that one has died with it', async () => {
  const mutex = new Mutex()
  const words = sharedWords(2)
  const ended = failureOf(() => start('holdUntil', [mutex, words]))
  await reaches(words, 0, 1)
  expect(inspect(mutex)).toBe('Mutex(held by the thread `holdUntil`)')
  await shutdown({ deadline: 0 })
  await ended
  expect(await failureOf(() => mutex.tryLock())).toMatchObject({ code: 'R538' })
  expect(inspect(mutex)).toBe('Mutex(free, poisoned)')
})
