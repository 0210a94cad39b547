import { ERROR_FILES, shortTexts } from '@experimental-threads/compiler/plugin-core'
import type { Plugin } from 'vite'

import { diagnose } from './diagnostics.ts'
import { BOOTSTRAP_ID } from './virtual.ts'

const PRELOAD = /vite\/preload-helper\.js$/

/**
 * What a build changes in code that is not the user's: Vite's preload helper runs in workers too, and errors are short where
 * browsers load them in production. One hook for both, since each costs a build a look at every module.
 */
export function patches(): Plugin {
  return {
    name: 'vite-plugin-experimental-threads:patches',
    apply: 'build',
    sharedDuringBuild: true,
    transform: {
      order: 'post',
      filter: { id: [PRELOAD, ERROR_FILES] },
      handler(code, id) {
        if (PRELOAD.test(id)) {
          const patched = skipPreload(code)
          if (patched === undefined)
            return this.warn(diagnose('W950', { version: this.meta.viteVersion ?? 'this version' }))
          return { code: patched, map: null }
        }
        // Servers have room for sentences, and a build that is not minified is there to be read.
        const { isProduction, consumer, build } = this.environment.config
        if (!isProduction || consumer !== 'client' || build.minify === false) return
        const short = shortTexts(code, id)
        return short === undefined ? undefined : { code: short, map: null }
      },
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        if (!this.environment.config.experimental?.renderBuiltUrl) return
        for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk') chunk.code = skipAddresses(chunk.code)
      },
    },
  }
}

/**
 * Lets a dynamic import run in a worker. Vite wraps it in a helper that adds `<link>` elements for the styles and chunks it needs;
 * in a worker there is no document to add them to.
 *
 * @returns undefined when the helper is not the one we know
 */
export function skipPreload(code: string): string | undefined {
  const head = /function preload\((\w+), (\w+), (\w+)\)\s*\{/
  if (!head.test(code)) return undefined
  return code.replace(head, '$& if (typeof document === "undefined") return $1();')
}

/**
 * Keeps workers from computing what the preload helper would load: an `experimental.renderBuiltUrl` may answer with an expression that
 * only the page can evaluate, such as `window.cdn + "assets/a.js"`. The list stands in a line of its own, so positions stay.
 */
export function skipAddresses(code: string): string {
  return code.replace(/^(const __vite__mapDeps=.*?\(m\.f=)(?=\[)/m, '$1typeof document=="undefined"?[]:')
}

/**
 * Lets the dev server's own browser code run in a worker: the client that applies styles, and React's refresh runtime.
 * Both are reached as soon as a closure's imports reach a style sheet or a component.
 */
export function clientPatch(): Plugin {
  return {
    name: 'vite-plugin-experimental-threads:client',
    apply: 'serve',
    transform: {
      filter: { id: CLIENT },
      handler(code, id) {
        if (!CLIENT.test(id)) return
        if (id.includes('react-refresh')) return { code: withWindow(code), map: null }
        return { code: skipSocket(skipStyles(code)), map: null }
      },
    },
  }
}

const CLIENT = /\/dist\/client\/client\.mjs(?:$|\?)|^\0?\/@react-refresh(?:$|\?)/

/** Makes the two functions that touch style elements do nothing without a document. */
export function skipStyles(code: string): string {
  return code.replace(
    /function (?:updateStyle|removeStyle)\([^)]*\)\s*\{/g,
    '$& if (typeof document === "undefined") return;',
  )
}

/**
 * Keeps threads from opening a connection to the dev server. Vite imports its client into every module with a computed
 * `import()`, such as the one that loads closures; a thread can do nothing with updates, since the page is what reloads.
 */
export function skipSocket(code: string): string {
  const isThread = `typeof document === "undefined" && location.href.includes(${JSON.stringify(BOOTSTRAP_ID)})`
  return code.replace(/^transport\.connect\(/m, `if (!(${isThread})) $&`)
}

// A `var`-less prefix on the first line: line numbers stay as they are.
function withWindow(code: string): string {
  return `const window = globalThis.window ?? globalThis;${code}`
}
