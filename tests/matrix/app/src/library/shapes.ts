export class Money {
  readonly cents: bigint
  constructor(cents: bigint) {
    this.cents = cents
    Object.freeze(this)
  }
  plus(other: Money): Money {
    return new Money(this.cents + other.cents)
  }
}

export class Prices extends Map<string, Money> {
  total(): Money {
    return [...this.values()].reduce((sum, each) => sum.plus(each), new Money(0n))
  }
}

export class NoPrice extends Error {
  readonly article: string
  constructor(article: string) {
    super(`no price for ${article}`)
    this.name = 'NoPrice'
    this.article = article
  }
}
