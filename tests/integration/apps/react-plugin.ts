// React's plugin for each supported version of Vite: no version of it is for both.

import { register } from 'node:module'

import type { Plugin } from 'vite'

// It asks the package `vite` which version it is for, and here that name is one version for all.
const resolve = `export function resolve(specifier, context, next) {
  const isOld = specifier === 'vite' && context.parentURL?.includes('/plugin-react-5/')
  return next(isOld ? 'vite-7' : specifier, context)
}`

/** The plugin, with fast refresh, for `Vite 8` or `Vite 7`. */
export async function reactPlugin(version: string): Promise<Plugin[]> {
  if (version === 'Vite 8') return (await import('@vitejs/plugin-react')).default()
  register(`data:text/javascript,${encodeURIComponent(resolve)}`)
  return (await import('plugin-react-5')).default() as Plugin[]
}
