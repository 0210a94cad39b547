import { spawn } from 'experimental-threads'

export function count(): Promise<void> {
  let total = 0
  return spawn(() => console.log('é日😀', total++))
}
