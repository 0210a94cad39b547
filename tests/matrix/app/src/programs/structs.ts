import { Mutex, shared, spawn } from 'experimental-threads'

const player = new Mutex(
  shared({
    x: 'f64',
    lives: 'u8',
    name: 'string:16',
    path: 'f32[4]',
    best: { at: 'i64' },
    bags: [{ full: 'bool' }, 2],
  }),
)

export async function structs(): Promise<unknown> {
  const loose = shared({ turns: 'i32' })
  await Promise.all(
    [1, 2].map((n) =>
      spawn(async () => {
        const guard = await player.lock()
        const { value } = guard
        value.x += n / 4
        value.lives += n
        value.name = value.name.padEnd(value.name.length + n, 'é')
        value.path[n] = n / 2
        value.best.at += 2n ** 40n
        value.bags[n - 1]!.full = true
        loose.turns = 7
        guard.unlock()
      }),
    ),
  )
  const guard = await player.lock()
  const { path, ...plain } = guard.value.toJSON()
  guard.unlock()
  return [
    JSON.stringify(plain, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    [...(path as Float32Array)],
    loose.turns,
  ]
}
