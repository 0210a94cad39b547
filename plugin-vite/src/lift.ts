import { transform } from '@experimental-threads/compiler'
import {
  appendBoot,
  languageOf,
  packageFilename,
  sourceMapFor,
  toRollupLog,
  withoutQuery,
} from '@experimental-threads/compiler/plugin-core'
import type { Diagnostic, SourceMap } from '@experimental-threads/compiler'
import type { RollupLog } from '@experimental-threads/compiler/plugin-core'
import type { Environment, Rolldown } from 'vite'

import { addressesFor, targetOf } from './addresses.ts'
import { hasChunks } from './chunks.ts'
import { diagnose } from './diagnostics.ts'
import { jsxOf } from './jsx.ts'
import type { ResolvedOptions } from './options.ts'
import type { State } from './state.ts'

type Context = Pick<Rolldown.TransformPluginContext, 'emitFile' | 'error' | 'warn'> & { environment: Environment }

/** The rewritten spawning module, or nothing when the file spawns nothing. */
export type Lifted = { code: string; map: SourceMap | null } | undefined

/**
 * Lifts the closures of one file: its worker-side modules go to the store, from which `load` serves them.
 *
 * @throws the host's error, with the frames of all errors of the file
 */
export function liftFile(context: Context, state: State, options: ResolvedOptions, code: string, id: string): Lifted {
  const { environment } = context
  const file = withoutQuery(id)
  const isDev = environment.mode === 'dev'
  const output = transform(code, {
    filename: packageFilename(file),
    lang: languageOf(file),
    jsx: jsxOf(environment.config),
    importSource: options.importSource,
    sourceMap: isDev || Boolean(environment.config.build.sourcemap),
    dev: isDev,
    ...addressesFor(context, state, file),
  })
  report(context, [...output.diagnostics, ...state.store.put(file, output)], code, id)
  if (!output.changed) return undefined
  const spawns = output.modules.some(({ kind }) => kind === 'site')
  if (spawns) assertCanSplit(context, state)
  return { code: spawns ? appendBoot(output.code) : output.code, map: sourceMapFor(output, file) }
}

/** Warnings one by one; errors all at once, since the first one ends the build. */
function report(context: Context, diagnostics: Diagnostic[], code: string, id: string): void {
  const errors: RollupLog[] = []
  for (const diagnostic of diagnostics) {
    const log = toRollupLog(diagnostic, code, id)
    if (diagnostic.severity === 'error') errors.push(log)
    else context.warn(log)
  }
  const [first, ...others] = errors
  if (first) context.error({ ...first, ...(others.length > 0 ? joined(errors) : separated(first)) })
}

type Text = Pick<RollupLog, 'message' | 'frame'>

// Every host prints the frame after the message, so it must not be in both.
function separated({ message, frame }: RollupLog): Text {
  return { message: message.replace(`${frame}\n\n`, ''), frame }
}

// There is room for one frame only, and without any the dev server would draw its own.
function joined(errors: RollupLog[]): Text {
  const texts = errors.map(({ loc, message }) => `${loc.file}:${loc.line}:${loc.column + 1}\n${message}`)
  return { message: texts.join('\n\n').replace(/^.*\n/, ''), frame: `${errors.length} errors in this file` }
}

/** Threads need files of their own, which not every way of building can give. */
function assertCanSplit(context: Context, state: State): void {
  const { config } = context.environment
  switch (targetOf(context.environment)) {
    case 'build':
      if (!hasChunks(state.format)) context.error(diagnose('E402', { format: String(state.format) }))
      if (config.build.chunkImportMap) context.error(diagnose('E405'))
      break
    case 'worker-build':
      if (!hasChunks(config.worker.format)) context.error(diagnose('E407', { format: config.worker.format }))
      break
    case 'dev':
      if (config.isBundled) context.error(diagnose('E409'))
      break
  }
}
