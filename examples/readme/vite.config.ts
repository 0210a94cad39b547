import { defineConfig } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'

export default defineConfig({
  base: './',
  plugins: [experimentalThreads()],
  // `@std/assert` and `@std/async` of the original's tests are named in tsconfig.json.
  resolve: { tsconfigPaths: true },
  // Node 20 has no `using`.
  build: { target: 'es2022' },
})
