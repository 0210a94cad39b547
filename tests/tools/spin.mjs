// @ts-check
// Finds the model checker SPIN, and the C compiler that it needs.

import { exists } from './step.mjs'

/** What a person does about a missing SPIN. */
export const HOW_TO_GET_SPIN =
  'SPIN and a C compiler are needed: install them (Debian and Ubuntu: `sudo apt-get install spin gcc libc6-dev`; macOS: `brew install spin`)'

/** Whether SPIN's models can be checked here. */
export function hasSpin() {
  return exists('spin', ['-V']) && exists('gcc')
}
