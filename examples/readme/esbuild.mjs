import { build } from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'

await build({
  entryPoints: ['src/main.ts'],
  bundle: true,
  format: 'esm',
  splitting: true,
  platform: 'node',
  // Node 20 has no `using`.
  target: 'node20',
  sourcemap: true,
  outdir: 'dist/esbuild',
  plugins: [experimentalThreads()],
})
