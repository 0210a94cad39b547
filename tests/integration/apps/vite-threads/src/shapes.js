export class Box {
  constructor(size) {
    this.size = size
  }
  volume() {
    return this.size ** 3
  }
}

/** Only closures name it. */
export class Parser {
  constructor(text) {
    this.text = text
  }
  words() {
    return this.text.split(' ')
  }
}

export const boxOf = (size) => new Box(size)
