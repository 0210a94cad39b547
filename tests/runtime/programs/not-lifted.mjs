// No module of this program was transformed.
import { spawn, task } from 'experimental-threads'

for (const call of [spawn, task]) {
  try {
    call(() => 1)
  } catch (error) {
    console.log(error.code, error.message.includes(`\`${call.name}\``), error.message.includes('add the plugin'))
  }
}
