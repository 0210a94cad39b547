// No module of this program was transformed.
import { parallelMap, spawn, task } from 'experimental-threads'

for (const call of [spawn, task, parallelMap]) {
  try {
    if (call === parallelMap) call([1], () => 1)
    else call(() => 1)
  } catch (error) {
    const ways = ['add the plugin', '--import experimental-threads/register', 'wrap it in `task(…)`']
    console.log(
      error.code,
      error.message.includes(`\`${call.name}\``),
      ways.every((way) => error.message.includes(way)),
    )
  }
}
