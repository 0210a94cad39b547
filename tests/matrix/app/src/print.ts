import { runAll } from './main.ts'

void runAll().then((outcome) => console.log(`OUTCOME ${JSON.stringify(outcome)}`))
