import { deserialize, serialize, spawn } from 'experimental-threads'

class Point {
  x: number
  y: number
  next: Point | null = null
  constructor(x: number, y: number) {
    this.x = x
    this.y = y
  }
  get length(): number {
    return Math.hypot(this.x, this.y)
  }
}

class Account {
  #balance: number
  constructor(balance: number) {
    this.#balance = balance
  }
  get balance(): number {
    return this.#balance
  }
  static [serialize](account: Account): number {
    return account.#balance
  }
  static [deserialize](balance: number): Account {
    return new Account(balance)
  }
}

export async function instances(): Promise<unknown> {
  const point = new Point(3, 4)
  point.next = point
  const account = new Account(10)
  const [there, back, richer] = await spawn(() => [
    point instanceof Point && point.next === point && point.length,
    new Point(6, 8),
    new Account(account.balance + 1),
  ])
  return [there, back instanceof Point && back.length, richer instanceof Account && richer.balance]
}
