import { spawn } from 'experimental-threads'
import { Money, NoPrice, Prices } from '../library/shapes.ts'

/** Instances of imported classes: frozen, of a `Map`, and errors, on the way there and back. */
export async function travellers(): Promise<unknown> {
  const prices = new Prices([
    ['tea', new Money(250n)],
    ['milk', new Money(2n ** 70n)],
  ])
  const total = await spawn(() => prices.total())
  const bigger = await spawn(() => new Prices([...prices, ['honey', total]]))
  const failed = await spawn((): void => {
    throw new NoPrice('salt')
  }).catch((error: Error) => error)
  return [
    total instanceof Money && Object.isFrozen(total) && `${total.cents}`,
    bigger instanceof Prices && bigger.size,
    failed instanceof NoPrice && failed.article,
  ]
}
