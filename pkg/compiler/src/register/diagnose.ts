import { docsPage } from '../report.ts'

const TEXTS = {
  E460: {
    message: 'Node cannot run the TypeScript of `{file}` by itself{reason}',
    help: 'npm install @swc/wasm-typescript',
  },
  E461: {
    message: '`{file}` has changed since the program read it, so a thread cannot have the same text',
    help: 'start the program again (`node --watch` does so after each change)',
  },
} as const

/** An error of the module hooks, with what to do. */
export function diagnose(code: keyof typeof TEXTS, values: Record<string, string>, cause?: unknown): Error {
  const { message, help } = TEXTS[code]
  const text = message.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
  const error = new Error(
    `${code}  ${text}\n\n  help: ${help}\n  docs: ${docsPage(code)}`,
    cause === undefined ? undefined : { cause },
  )
  return Object.assign(error, { code })
}
