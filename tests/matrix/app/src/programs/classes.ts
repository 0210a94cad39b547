import { spawn } from 'experimental-threads'

class Shape {
  static readonly sides = 4
  readonly #side: number
  constructor(side: number) {
    this.#side = side
  }
  get area(): number {
    return this.#side ** 2
  }
}

class Named extends Shape {
  override toString(): string {
    return `named ${this.area}`
  }
}

export async function classes(): Promise<unknown> {
  return spawn(() => {
    const shape = new Named(3)
    return [String(shape), shape instanceof Shape, Shape.sides]
  })
}
