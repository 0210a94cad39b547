// As much of Deno as the original's tests need: `Deno.test` collects, `runTests` runs.

type Test = readonly [name: string, body: () => Promise<void>]

declare global {
  var Deno: { test: (...test: Test) => void }
}

const tests: Test[] = []
globalThis.Deno = { test: (...test) => void tests.push(test) }

/** Runs the collected tests and prints each name; the first that fails ends the run. */
export async function runTests(): Promise<void> {
  for (const [name, body] of tests.splice(0)) {
    await body()
    console.log(`${name} ... ok`)
  }
}
