import { defineConfig } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'

export default defineConfig({
  base: './',
  plugins: [experimentalThreads()],
})
