/** How esbuild will compile the JSX of a file. */

import { dirname } from 'node:path'

import type { JsxOptions } from '@experimental-threads/compiler'
import type { BuildOptions, PluginBuild } from 'esbuild'

/** Answers by folder, since each folder may have a `tsconfig.json` of its own. Dropped with the build. */
const answers = new WeakMap<PluginBuild, Map<string, Promise<JsxOptions>>>()

/**
 * The JSX settings of a file. They come from the options, from `tsconfigRaw`, or from the nearest `tsconfig.json` and what that
 * extends; so esbuild itself is asked, by letting it compile one element in the file's folder.
 */
export function jsxSettings(build: PluginBuild, path: string): Promise<JsxOptions> {
  const folder = dirname(path)
  const known = answers.get(build) ?? new Map<string, Promise<JsxOptions>>()
  answers.set(build, known)
  const answer = known.get(folder) ?? probe(build, path)
  known.set(folder, answer)
  return answer
}

/** Forgets all answers: a `tsconfig.json` may have changed between two builds. */
export function clearJsxSettings(build: PluginBuild): void {
  answers.delete(build)
}

async function probe(build: PluginBuild, path: string): Promise<JsxOptions> {
  const result = await build.esbuild.build({
    ...jsxOptionsOf(build.initialOptions),
    // The path of a file that exists: esbuild looks for the settings of no other. Its text is ours.
    entryPoints: [path],
    plugins: [
      {
        name: 'jsx-probe',
        setup: ({ onLoad }) =>
          onLoad({ filter: /.*/ }, () => ({ contents: 'export default [<a/>, <></>]', loader: 'tsx' })),
      },
    ],
    write: false,
    format: 'esm',
    logLevel: 'silent',
  })
  return readProbe(result.outputFiles[0]?.text ?? '')
}

function jsxOptionsOf(options: BuildOptions): BuildOptions {
  const keys = [
    'absWorkingDir',
    'jsx',
    'jsxDev',
    'jsxFactory',
    'jsxFragment',
    'jsxImportSource',
    'tsconfig',
    'tsconfigRaw',
  ] as const
  return Object.fromEntries(keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]))
}

function readProbe(text: string): JsxOptions {
  if (/^import /m.test(text)) return { runtime: 'automatic' }
  if (text.includes('<a')) return { runtime: 'preserve' }
  // [/* @__PURE__ */ React.createElement("a", null), /* @__PURE__ */ React.createElement(React.Fragment, null)];
  const [element, fragment] = [...text.matchAll(/([\w$.]+)\((?:"a"|([\w$.]+))/g)]
  return { runtime: 'classic', factory: element?.[1], fragment: fragment?.[2] }
}
