import { isDeepStrictEqual } from 'node:util'

import { expected } from './expected.ts'
import type { Host, Outcome } from './hosts.ts'

/** The matrix as the page that the repository keeps. */
export function tableOf(hosts: readonly Host[], outcomes: ReadonlyMap<Host, Outcome>): string {
  const runtimes = [...new Set(hosts.map(({ runtime }) => runtime))]
  const forms = [...new Set(hosts.map(({ form }) => form))]
  const programs = Object.keys(expected)
  const cell = (form: string, runtime: string): string => {
    const host = hosts.find((each) => each.form === form && each.runtime === runtime)
    if (host === undefined) return ''
    const outcome = outcomes.get(host)
    const right = programs.filter((name) => isDeepStrictEqual(outcome?.[name], expected[name]))
    return right.length === programs.length ? `${right.length}` : `${right.length} of ${programs.length}`
  }
  const rows = forms.map((form) => [form, ...runtimes.map((runtime) => cell(form, runtime))])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return `# One program, one result

${programs.length} programs (\`app/src/programs\`), each with one expected end (\`expected.ts\`), in every host. A number is that of the programs that end so; an empty
cell is a pair that does not exist or adds nothing. \`npm run matrix\` makes this page: \`UPDATE=1 npm run matrix\`.

${line(['', ...runtimes])}
${line(['---', ...runtimes.map(() => '---')])}
${rows.map(line).join('\n')}

The programs: ${programs.map((name) => `\`${name}\``).join(', ')}.
`
}
