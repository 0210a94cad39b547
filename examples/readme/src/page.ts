// In a browser: shows what the examples print. What a thread prints is in the console only.

const output = document.querySelector('pre')!
const print = console.log
console.log = (...values: unknown[]) => {
  print(...values)
  output.append(`${values.join(' ')}\n`)
}

/** Settles when the examples have run. */
export const finished = import('./main.ts').catch((error: unknown) => {
  output.append(String(error))
  throw error
})
