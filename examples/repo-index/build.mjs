import { build } from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'

await build({
  entryPoints: ['src/main.ts'],
  bundle: true,
  format: 'esm',
  // The libraries go into chunks that the main program and the threads share.
  splitting: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  outdir: 'dist',
  plugins: [experimentalThreads()],
})
