/** Programs of acceptance cases that every bundler is given. Each prints its result as JSON and runs in every output format. */

/** A helper that two closures and the program use (cases 196, 197), and all that is printed: once by the program, once by its worker. */
export const sharedHelper: Readonly<Record<string, string>> = {
  'src/helper.ts': `console.log('"loaded"')\nexport const double = (n: number): number => n * 2\n`,
  'src/main.ts': `import { configure, spawn } from 'experimental-threads'
import { double } from './helper.ts'
configure({ maxThreads: 1 })
const own = (n: number) => double(n) + 1
void Promise.all([spawn(() => own(1)), spawn(() => [double(2), own(3)])]).then((both) =>
  console.log(JSON.stringify([double(5), both])))
`,
}

export const sharedHelperPrints: readonly string[] = ['"loaded"', '"loaded"', '[10,[3,[4,7]]]', '']

/** Captures of nested closures, whose names a minifier changes (case 203). Prints {@link renamedGives}. */
export const renamed: Readonly<Record<string, string>> = {
  'src/main.ts': `import { spawn } from 'experimental-threads'
async function price(amount: number, { rate, country }: { rate: number; country: string }) {
  const label = country + '!'
  return spawn(async () => {
    const inner = [label, country]
    return [amount * rate, await spawn(() => [inner, rate, amount])]
  })
}
void price(3, { rate: 7, country: 'x' }).then((all) => console.log(JSON.stringify(all)))
`,
}

export const renamedGives: readonly unknown[] = [21, [['x!', 'x'], 7, 3]]

/** A package in `node_modules` that spawns (case 205), which its `package.json` tells. Prints `[3,2]`. */
export const spawningPackage: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'app', version: '1.0.0', type: 'module', dependencies: { sums: '2.0.0' } }),
  'node_modules/sums/package.json': JSON.stringify({
    name: 'sums',
    version: '2.0.0',
    type: 'module',
    main: 'index.js',
    peerDependencies: { 'experimental-threads': '*' },
  }),
  'node_modules/sums/index.js': `import { spawn } from 'experimental-threads'
import { one } from './one.js'
export const sum = (n) => spawn(async () => (n === 0 ? 0 : one + (await sum(n - 1))))
`,
  'node_modules/sums/one.js': 'export const one = 1\n',
  'src/main.ts': `import { spawn } from 'experimental-threads'
// @ts-expect-error it has no types
import { sum } from 'sums'
const main = async () => [await sum(3), await spawn(() => sum(2))]
void main().then((all) => console.log(JSON.stringify(all)))
`,
}

/** A thread asks for shared memory before the module that declares it, which alone can make it, has done so. Prints `["E320",4]`. */
export const sharedTooEarly: Readonly<Record<string, string>> = {
  'src/main.ts': `import { Global, spawn } from 'experimental-threads'
const early = await spawn(() => cells.value.length).join()
const text = ['four', String(Date.now())].join()
const cells = new Global(new Int32Array(new SharedArrayBuffer(4 * text.indexOf(','))))
console.log(JSON.stringify([early.ok ? 'made' : early.error.cause.code, await spawn(() => cells.value.length)]))
`,
}
