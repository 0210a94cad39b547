// A module that closures import: here the runtime's own `threadSignal` and `threadName` are used.
import { threadName, threadSignal } from 'experimental-threads'

export const nameNow = () => threadName
export const signalNow = () => threadSignal

export async function nameLater() {
  const before = `${threadName}`
  await Promise.resolve()
  return [before, `${threadName}`]
}
