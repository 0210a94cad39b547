import { start } from './support.mjs'

try {
  start('add', [1, 2])
} catch (error) {
  console.log(error.code, error.message)
}
