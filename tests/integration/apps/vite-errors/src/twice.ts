import { spawn } from 'experimental-threads'

export function twice(): Promise<void> {
  let total = 0
  let sum = 0
  return spawn(() => {
    total++
    sum += 1
  })
}
