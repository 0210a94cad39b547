// Classes that both sides of a test load.

import { deserialize, serialize } from 'experimental-threads'

let constructed = 0
export const calls = () => constructed

export class Vec {
  constructor(x, y) {
    constructed++
    this.x = x
    this.y = y
  }
  length() {
    return Math.hypot(this.x, this.y)
  }
}

export class Holder {
  constructor(held) {
    this.held = held
  }
  get isEmpty() {
    return this.held === null
  }
}

export class Secret {
  #value = 1
  read() {
    return this.#value
  }
}

export class LessSecret extends Secret {}

export class StaticSecret {
  static #made = 0
  count = ++StaticSecret.#made
}

export class Bytes extends Uint8Array {}

export class Hooked {
  #value
  constructor(value) {
    this.#value = value
  }
  get value() {
    return this.#value
  }
  static [serialize](instance) {
    return { value: instance.#value }
  }
  static [deserialize]({ value }) {
    return new Hooked(value)
  }
}

export class HalfHooked {
  value = 1
  static [serialize]() {
    return 1
  }
}

export class BadHook {
  value = 1
  static [serialize]() {
    throw new RangeError('cannot take apart')
  }
  static [deserialize]() {}
}

export class BadArrival {
  value = 1
  static [serialize]() {
    return 1
  }
  static [deserialize]() {
    throw new RangeError('cannot put together')
  }
}

export class AppError extends Error {
  constructor(message, status) {
    super(message)
    this.status = status
    Object.defineProperty(this, 'issues', { value: [{ path: ['n'] }] })
  }
  isServerError() {
    return this.status >= 500
  }
}

export class Late extends Vec {}

export class Lost {
  value = 1
}
