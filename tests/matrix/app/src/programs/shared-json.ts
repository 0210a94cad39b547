import { Mutex, SharedJsonBuffer, spawn } from 'experimental-threads'

type Game = {
  score: number
  players: string[]
  last?: { name: string }
}

const game = new Mutex(new SharedJsonBuffer<Game>({ score: 0, players: [] }))

export async function sharedJson(): Promise<unknown> {
  await Promise.all(
    ['Ada', 'é日😀'].map((name) =>
      spawn(async () => {
        const guard = await game.lock()
        guard.value.score += name.length
        guard.value.players.push(name)
        guard.value.players.sort()
        guard.value.last = { name }
        guard.unlock()
      }),
    ),
  )
  const guard = await game.lock()
  delete guard.value.last
  const text = JSON.stringify(guard.value)
  guard.unlock()
  return text
}
