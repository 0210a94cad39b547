import { Barrier, spawn, WaitGroup } from 'experimental-threads'

const meeting = new Barrier(3)
const work = new WaitGroup()

/** Who meets at a barrier has one leader, each time; who waits for a group goes on when nobody is left. */
export async function groups(): Promise<unknown> {
  work.add(3)
  const parties = [0, 1, 2].map(() =>
    spawn(async () => {
      const member = work.enter()
      const first = await meeting.wait()
      const second = await meeting.wait()
      work.done()
      member.release()
      return Number(first.isLeader) + Number(second.isLeader)
    }),
  )
  await work.wait()
  const leaders = await Promise.all(parties)
  return [leaders.reduce((sum, each) => sum + each, 0), work.count, meeting.isBroken]
}
