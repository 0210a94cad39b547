import { boot, start } from './support.mjs'

boot()
void start('echoLater', ['kept alive']).then(console.log)
