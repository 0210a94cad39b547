import { defineConfig } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'

// Threads need neither `unsafe-eval` nor `blob:`: a worker is a file of the build.
const policy = (style: string): Record<string, string> => ({
  'Content-Security-Policy': `default-src 'self'; style-src ${style}; object-src 'none'; base-uri 'none'`,
})

export default defineConfig({
  base: './',
  plugins: [experimentalThreads()],
  // The dev server puts styles into the page by script.
  server: { headers: policy("'self' 'unsafe-inline'") },
  preview: { headers: policy("'self'") },
})
