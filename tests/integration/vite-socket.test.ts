// Threads of the dev server get their modules over a local socket, and may be killed at any moment.

import { connect } from 'node:net'
import { createInterface } from 'node:readline'

import { expect, onTestFinished, test } from 'vitest'

import { bootstrapOf } from '../../plugin-vite/dist/module-server.js'
import { configOf, versions, writeApp } from './apps/vite-tools.ts'

test.each(versions)('%s: a thread that dies with answers unread disturbs nobody', async (_, load) => {
  await using app = await writeApp({ 'src/base.ts': 'export const base = 21\n' })
  const { createServer } = await load()
  const server = await createServer(configOf(app, { appType: 'custom', server: { middlewareMode: true, ws: false } }))
  onTestFinished(() => server.close())
  const bootstrap = decodeURIComponent((await bootstrapOf(server.environments['ssr']!))!)
  const path = JSON.parse(/"socket":("[^"]*")/.exec(bootstrap)![1]!) as string
  const question = (id: number): string => {
    const payload = {
      type: 'custom',
      event: 'vite:invoke',
      data: { name: 'fetchModule', id: 'send', data: ['/src/base.ts'] },
    }
    return `${JSON.stringify({ id, environment: 'ssr', payload })}\n`
  }

  const dying = connect(path)
  for (let id = 1; id <= 500; id++) dying.write(question(id))
  await new Promise((resolve) => dying.once('data', resolve))
  // Closed with data in the kernel's buffer: the other end reads ECONNRESET.
  dying.destroy()

  const living = connect(path)
  onTestFinished(() => void living.destroy())
  living.write(question(1))
  const answer = await new Promise<string>((resolve) => createInterface({ input: living }).once('line', resolve))
  expect(answer).toContain('21')
})
