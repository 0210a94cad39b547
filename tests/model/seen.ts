/** A set of rows of the same length, each a state. Rows are numbered in the order in which they came, so a number stands for a state. */
export class Seen {
  /** How many rows there are. */
  size = 0
  private readonly width: number
  private readonly chunks: Int32Array[] = []
  /** For each place two numbers, side by side since both are read: the hash of a row, and its number plus one, which is 0 where there is none. */
  private table = new Int32Array(1 << 17)

  /** @param width the length of a row, in 32-bit numbers */
  constructor(width: number) {
    this.width = width
  }

  /** Adds a row. Its number if it is new, else -1. */
  add(row: Int32Array): number {
    if (this.size * 4 >= this.table.length) this.grow()
    const { table } = this
    const mask = table.length - 1
    const code = hash(row, this.width)
    let place = (code << 1) & mask
    for (let entry = table[place + 1]!; entry !== 0; entry = table[place + 1]!) {
      if (table[place] === code && this.equals(entry - 1, row)) return -1
      place = (place + 2) & mask
    }
    const number = this.size++
    table[place] = code
    table[place + 1] = number + 1
    this.put(number, row)
    return number
  }

  /** Copies a row to `target`. */
  read(number: number, target: Int32Array): void {
    const chunk = this.chunks[number >> CHUNK_BITS]!
    const start = (number & CHUNK_MASK) * this.width
    for (let index = 0; index < this.width; index++) target[index] = chunk[start + index]!
  }

  private put(number: number, row: Int32Array): void {
    const chunk = (this.chunks[number >> CHUNK_BITS] ??= new Int32Array(this.width << CHUNK_BITS))
    const start = (number & CHUNK_MASK) * this.width
    for (let index = 0; index < this.width; index++) chunk[start + index] = row[index]!
  }

  private equals(number: number, row: Int32Array): boolean {
    const chunk = this.chunks[number >> CHUNK_BITS]!
    const start = (number & CHUNK_MASK) * this.width
    for (let index = 0; index < this.width; index++) if (chunk[start + index] !== row[index]) return false
    return true
  }

  private grow(): void {
    const old = this.table
    const table = new Int32Array(old.length * 4)
    const mask = table.length - 1
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue
      let place = (old[from]! << 1) & mask
      while (table[place + 1] !== 0) place = (place + 2) & mask
      table[place] = old[from]!
      table[place + 1] = old[from + 1]!
    }
    this.table = table
  }
}

/** For each state, by its number, the one that it was first reached from, and by which choice. */
export class Parents {
  private states = new Int32Array(1 << 12)
  private choices = new Uint8Array(1 << 12)
  private size = 0
  private last: [state: number, choice: number] | undefined

  add(state: number, choice: number): void {
    if (this.size === this.states.length) this.grow()
    this.states[this.size] = state
    this.choices[this.size++] = choice
  }

  /** The way that `way` tells ends with this step, which leads to no new state. */
  end(state: number, choice: number): void {
    this.last = [state, choice]
  }

  /** From the start to the newest state: each state on the way, and the choice that was made there. */
  way(): [state: number, choice: number][] {
    const steps = this.last === undefined ? [] : [this.last]
    for (let state = this.last?.[0] ?? this.size - 1; state > 0; state = this.states[state]!)
      steps.unshift([this.states[state]!, this.choices[state]!])
    return steps
  }

  private grow(): void {
    const { states, choices } = this
    this.states = new Int32Array(states.length * 2)
    this.states.set(states)
    this.choices = new Uint8Array(choices.length * 2)
    this.choices.set(choices)
  }
}

const CHUNK_BITS = 14
const CHUNK_MASK = (1 << CHUNK_BITS) - 1

function hash(words: Int32Array, length: number): number {
  let sum = 0
  for (let index = 0; index < length; index++) {
    sum = Math.imul(sum ^ words[index]!, 0x9e3779b1)
    sum ^= sum >>> 15
  }
  sum = Math.imul(sum, 0x85ebca6b)
  return sum ^ (sum >>> 13)
}
