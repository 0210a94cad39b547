import { spawn } from 'experimental-threads'
import { useEffect, useState } from 'react'

import { shout } from './shout.ts'

const rate: number = 7

export function Component({ start, publish }: { start: number; publish: (outcome: object) => void }) {
  const [shown, show] = useState('')
  useEffect(() => {
    async function run() {
      const result = await spawn(async () => [shout('react'), start * rate, await spawn(() => start + rate)])
      const stack = await spawn((): string => {
        throw new RangeError(`${start} in react`)
      }).catch((error: Error) => error.stack)
      show(result.join())
      publish({ result, stack })
    }
    void run()
  }, [start, publish])
  return <p>{shown}</p>
}
