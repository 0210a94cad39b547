import { isDeepStrictEqual } from 'node:util'

import { expected } from './expected.ts'
import type { Host, Outcome } from './hosts.ts'

/** The matrix as the page that the repository keeps. */
export function pageOf(hosts: readonly Host[], outcomes: ReadonlyMap<Host, Outcome>): string {
  const programs = Object.keys(expected)
  return `# One program, one result

${programs.length} programs (\`app/src/programs\`), each with one expected end (\`expected.ts\`), in every host. A number is that of the programs that end so; an empty
cell is a pair that does not exist or adds nothing. \`npm run matrix\` makes this page and the table in the README of the project: \`UPDATE=1 npm run matrix\`.

${tableOf(hosts, outcomes)}

The programs: ${programs.map((name) => `\`${name}\``).join(', ')}.
`
}

const [BEGIN, END] = ['<!-- made by `UPDATE=1 npm run matrix` -->\n\n', '\n\n<!-- end of what is made -->']

/** The README of the project with this table in its place. */
export function withTable(readme: string, table: string): string {
  const [before, rest] = readme.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`the README has no place for the table: ${BEGIN}`)
  return before + BEGIN + table + END + after
}

/** How many programs end as they should, for each host. */
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
  return [line(['', ...runtimes]), line(['---', ...runtimes.map(() => '---')]), ...rows.map(line)].join('\n')
}
