import type { JsxOptions } from '@experimental-threads/compiler'
import type { ResolvedConfig } from 'vite'

/**
 * How the project compiles JSX, as far as the configuration says.
 *
 * Where it says nothing, a `tsconfig.json` may still ask for the classic runtime. So the answer is then `classic`, which
 * is right for both: it makes a closure import the factory if the file does, and leaves the name alone otherwise.
 */
export function jsxOf(config: Pick<ResolvedConfig, 'oxc' | 'esbuild'>): JsxOptions {
  const oxc = config.oxc === false ? undefined : config.oxc?.jsx
  if (oxc === 'preserve') return { runtime: 'preserve' }
  if (typeof oxc === 'object') {
    return { runtime: oxc.runtime ?? 'classic', factory: oxc.pragma, fragment: oxc.pragmaFrag }
  }
  const esbuild = config.esbuild === false ? undefined : config.esbuild
  const runtime = esbuild?.jsx === 'automatic' || esbuild?.jsx === 'preserve' ? esbuild.jsx : 'classic'
  return { runtime, factory: esbuild?.jsxFactory, fragment: esbuild?.jsxFragment }
}
