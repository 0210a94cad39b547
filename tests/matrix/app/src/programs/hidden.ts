import { spawn } from 'experimental-threads'
import { check } from '../library/check.ts'
import type { Invalid } from '../library/check.ts'

/** A class of the file, whose field is not enumerable either. */
class Late extends Error {
  declare readonly by: number
  constructor(by: number) {
    super('late')
    Object.defineProperty(this, 'by', { value: by })
  }
}

/** What libraries hide in their errors arrives, and stays hidden. */
export async function hidden(): Promise<unknown> {
  const thrown = await spawn(() => check({ name: 7 })).catch((error: Invalid) => error)
  const returned = await spawn(() => {
    try {
      return check({ name: 7 })
    } catch (error) {
      return error as Invalid
    }
  })
  const nested = await spawn(async () => {
    const error = await spawn(() => check({ name: 7 })).catch((error: Invalid) => error)
    return (error as Invalid).issues
  })
  const late = await spawn((): never => {
    throw new Late(3)
  }).catch((error: Late) => error)
  return [read(thrown), read(returned), nested, [late instanceof Late, late.by, Object.keys(late)]]
}

function read(error: unknown): unknown {
  const { name, message, issues } = error as Invalid
  return [name, message, issues, Object.keys(error as object)]
}
