import type { Connect, Plugin } from 'vite'

import type { ResolvedOptions } from './options.ts'

type Headers = NonNullable<
  NonNullable<Parameters<Extract<Plugin['config'], (...args: never) => unknown>>[0]['server']>['headers']
>

/** Sets the headers that make pages cross-origin isolated, in the dev server and in preview. */
export function isolation({ crossOriginIsolated }: ResolvedOptions): Plugin {
  return {
    name: 'vite-plugin-experimental-threads:headers',
    sharedDuringBuild: true,
    config: (user) => ({
      server: { headers: isolationHeaders(crossOriginIsolated, user.server?.headers) },
      preview: { headers: isolationHeaders(crossOriginIsolated, user.preview?.headers) },
    }),
    configureServer({ config, middlewares }) {
      sendAlways(config.server.headers, middlewares)
    },
    configurePreviewServer({ config, middlewares }) {
      sendAlways(config.preview.headers, middlewares)
    },
  }
}

/**
 * The headers that make a page cross-origin isolated, without those that the user has set already.
 *
 * @param isolation the option of the same meaning
 * @param own the user's headers, compared without regard to case
 */
function isolationHeaders(
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

/**
 * Has every answer carry them. Vite leaves its headers out where it answers that a file has not changed, and WebKit, which looks at that answer alone, then
 * refuses the file as the script of a worker.
 */
function sendAlways(headers: Headers = {}, middlewares: Connect.Server): void {
  const isolating = Object.entries(headers).filter(([name]) => /^cross-origin-/i.test(name))
  middlewares.use((_request, response, next) => {
    for (const [name, value] of isolating) if (value !== undefined) response.setHeader(name, value)
    next()
  })
}
