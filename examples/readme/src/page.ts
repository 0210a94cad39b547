// In a browser: shows what the examples print. What a thread prints is in the console, where it carries the thread's name.

const output = document.querySelector('pre')!
const print = console.log
console.log = (...values: unknown[]) => {
  print(...values)
  output.append(`${values.join(' ')}\n`)
}

try {
  await import('./main.ts')
} catch (error) {
  output.append(String(error))
  throw error
}

export {}
