// The programs on the other side of Vite's dev server. In a process of its own: two servers in one would share a pool.

import threads from 'vite-plugin-experimental-threads'

const [vite = 'vite', allowed = '.'] = process.argv.slice(2)
const { createServer } = await import(vite)
const server = await createServer({
  configFile: false,
  logLevel: 'silent',
  cacheDir: `.cache-${vite}`,
  appType: 'custom',
  plugins: [threads()],
  server: { middlewareMode: true, ws: false, fs: { allow: ['.', allowed] } },
})
const { runAll } = await server.ssrLoadModule('/src/main.ts')
console.log(`OUTCOME ${JSON.stringify(await runAll())}`)
await server.close()
