import { runJobs } from './jobs.ts'
import { label } from './label.ts'

function publish(outcome: object): void {
  if ('document' in globalThis) Object.assign(globalThis, { outcome })
  else console.log(JSON.stringify(outcome))
}

runJobs(20).then(
  (jobs) => publish({ main: label('main'), ...jobs }),
  (error: Error) => publish({ failed: String(error.stack) }),
)
