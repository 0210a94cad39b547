/** Errors of the plugin itself, in esbuild's form. Their prose is in the pages of `@experimental-threads/compiler/errors`. */

import { docsPage } from '@experimental-threads/compiler/plugin-core'
import type { Message, PartialMessage } from 'esbuild'

/** An error with its help and the path of its page. */
export function problem(code: string, text: string, help: string, notes: readonly string[] = []): PartialMessage {
  return {
    id: code,
    text: `${code}: ${text}`,
    notes: [...notes, `help: ${help}`, `docs: ${docsPage(code)}`].map((note) => ({ text: note })),
  }
}

/** A message that another build or call of esbuild gave, to be passed on: without a name, it would count as the plugin's own. */
export function asEsbuild<T extends PartialMessage>(message: T): T {
  return message.pluginName ? message : { ...message, pluginName: 'esbuild' }
}

/** Whether two builds report the same thing. */
export function isSame(a: Message, b: Message): boolean {
  return (
    a.text === b.text &&
    a.location?.file === b.location?.file &&
    a.location?.line === b.location?.line &&
    a.location?.column === b.location?.column
  )
}
