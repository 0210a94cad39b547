// The two hooks by which a class says itself how its instances travel.

/**
 * Takes an instance apart for the trip to another thread. A class that has private state, or state that must not be
 * copied as it is, declares it together with {@link deserialize}:
 *
 * ```ts
 * class Account {
 *   #balance: number
 *   constructor(balance: number) {
 *     this.#balance = balance
 *   }
 *   static [serialize](account: Account) {
 *     return { balance: account.#balance }
 *   }
 *   static [deserialize](data: { balance: number }) {
 *     return new Account(data.balance)
 *   }
 * }
 * ```
 *
 * What it returns may be anything that can be sent, instances of other classes too, but not the instance itself. It is
 * called once for each instance in a message.
 */
export const serialize: unique symbol = Symbol.for('experimental-threads/serialize') as never

/**
 * Puts an instance together again from what {@link serialize} gave, in the other thread. Subclasses inherit it: `new
 * this(…)` makes an instance of the class that was sent.
 */
export const deserialize: unique symbol = Symbol.for('experimental-threads/deserialize') as never

/** A class, as far as travelling goes. */
export interface ClassType {
  readonly name: string
  readonly prototype: object
  readonly [serialize]?: (instance: object) => unknown
  readonly [deserialize]?: (data: unknown) => unknown
}

/** Whether a class, or one that it extends, has a hook. */
export function hasHooks(type: ClassType): boolean {
  return typeof type[serialize] === 'function' || typeof type[deserialize] === 'function'
}
