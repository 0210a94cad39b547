import { programs } from './programs.ts'

/** Runs every program and gives what each ended with: its result, or the error that it failed with. */
export async function runAll(): Promise<Record<string, unknown>> {
  const outcome: Record<string, unknown> = {}
  for (const [name, run] of Object.entries(programs)) {
    outcome[name] = await run().catch((error: Error) => ({ failed: String(error.stack ?? error) }))
  }
  return outcome
}
