import type { Plugin } from 'vite'

import type { ResolvedOptions } from './options.ts'

type Headers = NonNullable<
  NonNullable<Parameters<Extract<Plugin['config'], (...args: never) => unknown>>[0]['server']>['headers']
>

/**
 * The headers that make a page cross-origin isolated, without those that the user has set already.
 *
 * @param isolation the option of the same meaning
 * @param own the user's headers, compared without regard to case
 */
export function isolationHeaders(
  isolation: ResolvedOptions['crossOriginIsolated'],
  own: Headers = {},
): Record<string, string> {
  if (isolation === false) return {}
  const wanted: Record<string, string> = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': isolation === true ? 'require-corp' : isolation,
  }
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()))
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !taken.has(name.toLowerCase())))
}
