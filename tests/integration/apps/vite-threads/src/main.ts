import { runInstances } from './instances.js'
import { runJobs } from './jobs.ts'
import { label } from './label.ts'
import { runRecipes } from './recipes.js'
import { runStreams } from './streams.js'
import { runTasks } from './tasks.js'

function publish(outcome: object): void {
  if ('document' in globalThis) Object.assign(globalThis, { outcome })
  else console.log(JSON.stringify(outcome))
}

async function run(): Promise<object> {
  // First, while there is one worker only.
  const recipes = await runRecipes()
  return {
    main: label('main'),
    ...(await runJobs(20)),
    recipes,
    tasks: await runTasks(),
    instances: await runInstances(),
    streams: await runStreams(),
  }
}

run().then(publish, (error: Error) => publish({ failed: String(error.stack) }))
