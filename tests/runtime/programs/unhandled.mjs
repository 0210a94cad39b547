import { boot, start } from './support.mjs'

boot()
void start('throwRange', [1])
