// Every wrong use of every shared thing, each in a process of its own that nothing rescues: it ends with a typed error that names its code, and none hangs.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

interface Misuse {
  readonly what: string
  readonly misuse: string
  readonly code: string
}

interface Ended {
  readonly exit: number | string | null
  readonly output: string
}

const PROGRAM = fileURLToPath(new URL('./programs/misuse.mjs', import.meta.url))
/** A process that has not ended by then hangs. */
const PATIENCE = 30_000

function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { timeout: PATIENCE }, (error, stdout, stderr) =>
      resolve({ exit: error === null ? 0 : (error.code ?? error.signal ?? null), output: stdout + stderr }),
    )
  })
}

/** As Node prints an error that nobody catches. */
function errorIn({ exit, output }: Ended): string {
  const name = /^(?:Uncaught )?(\w+(?: \[\w+\])?): /m.exec(output)?.[1] ?? 'no error'
  return `${name} ${/\bcode: '(\w+)'/.exec(output)?.[1] ?? 'without a code'}, exit code ${exit}`
}

it('is told by a typed error with a code, and ends the process', async () => {
  const misuses = JSON.parse((await run()).output) as Misuse[]
  const wrong: string[] = []
  const rows: string[] = ['| what | misuse | comes out |', '| --- | --- | --- |']
  const next = misuses.entries()
  const work = async (): Promise<void> => {
    for (const [number, { what, misuse, code }] of next) {
      const seen = errorIn(await run(String(number)))
      rows[number + 2] = `| \`${what}\` | ${misuse} | ${seen} |`
      if (!new RegExp(`^\\w+Error ${code}, exit code 1$`).test(seen))
        wrong.push(`${what}, ${misuse}: ${code}, not ${seen}`)
    }
  }
  await Promise.all([work(), work()])
  console.log(rows.join('\n'))
  expect(wrong).toEqual([])
  expect(misuses.length).toBeGreaterThan(60)
}, 300_000)
