import { relative } from 'node:path'

import { transform } from '@experimental-threads/compiler'
import {
  appendBoot,
  languageOf,
  packageFilename,
  sourceMapFor,
  toMessages,
  toRollupLog,
  withoutQuery,
} from '@experimental-threads/compiler/plugin-core'
import type { Diagnostic, SourceMap, TransformOutput } from '@experimental-threads/compiler'
import type { RollupLog } from '@experimental-threads/compiler/plugin-core'
import type { Environment, Rolldown } from 'vite'

import { addressesFor, targetOf } from './addresses.ts'
import { hasChunks } from './chunks.ts'
import { diagnose, overlayFrame } from './diagnostics.ts'
import { jsxOf } from './jsx.ts'
import type { ResolvedOptions } from './options.ts'
import type { Origin } from './origin.ts'
import type { State } from './state.ts'

type Context = Pick<Rolldown.TransformPluginContext, 'error' | 'warn'> & { environment: Environment }

/** The rewritten spawning module, or nothing when the file spawns nothing. */
export type Lifted = { code: string; map: SourceMap | null } | undefined

/**
 * Lifts the closures of one file: its worker-side modules go to the store, from which `load` serves them.
 *
 * @throws the host's error, with the frames of all errors of the file
 */
export function liftFile(
  context: Context,
  state: State,
  options: ResolvedOptions,
  code: string,
  id: string,
  origin?: Origin,
): Lifted {
  const file = withoutQuery(id)
  // A file in another language may be several modules.
  const parent = origin === undefined ? file : id
  const output = transformFile(context.environment, state, options, code, { id, parent, origin })
  if (origin !== undefined) leadBack(output, origin)
  report(context, [...output.diagnostics, ...state.store.put(parent, output)], { code, id, origin })
  if (!output.changed) return undefined
  const spawns = output.modules.some(({ kind }) => kind === 'site')
  if (spawns) assertCanSplit(context, state)
  // In development the boot module also says that declarations of shared values may change.
  const boots = spawns || (context.environment.mode === 'dev' && output.shared.length > 0)
  return { code: boots ? appendBoot(output.code) : output.code, map: sourceMapFor(output, file) }
}

/** What a script becomes, as {@link liftFile} would make it, and nothing is kept of it; undefined when it has an error. */
export function tryLift(
  environment: Environment,
  state: State,
  options: ResolvedOptions,
  code: string,
  file: string,
): TransformOutput | undefined {
  const output = transformFile(environment, state, options, code, { id: file, parent: file, origin: undefined })
  return output.diagnostics.some(({ severity }) => severity === 'error') ? undefined : output
}

function transformFile(
  environment: Environment,
  state: State,
  options: ResolvedOptions,
  code: string,
  { id, parent, origin }: { id: string; parent: string; origin: Origin | undefined },
): TransformOutput {
  const file = withoutQuery(id)
  const isDev = environment.mode === 'dev'
  return transform(code, {
    filename: packageFilename(file) + numberOf(id),
    lang: languageOf(file) ?? 'js',
    origins: origin?.places(),
    jsx: jsxOf(environment.config),
    importSource: options.importSource,
    sourceMap: isDev || Boolean(environment.config.build.sourcemap),
    dev: isDev,
    ...addressesFor(environment, state, parent),
  })
}

// The inline scripts of one page are modules of one file, and may declare the same names.
function numberOf(id: string): string {
  const [, number = '0'] = /[?&]html-proxy\b.*&index=(\d+)/.exec(id) ?? []
  return number === '0' ? '' : `#${number}`
}

function leadBack(output: TransformOutput, origin: Origin): void {
  for (const module of output.modules) if (module.map !== null) module.map = origin.compose(module.map)
}

interface Source {
  code: string
  id: string
  origin: Origin | undefined
}

/** Warnings one by one; errors all at once, since the first one ends the build. */
function report(context: Context, diagnostics: Diagnostic[], source: Source): void {
  const isDev = context.environment.mode === 'dev'
  const { errors, warnings } = toMessages(diagnostics, (diagnostic) => logOf(diagnostic, source, isDev))
  for (const warning of warnings) context.warn(warning)
  const [first, ...others] = errors
  if (first) context.error({ ...first, ...(others.length > 0 ? joined(errors) : separated(first, isDev)) })
}

function logOf(diagnostic: Diagnostic, { code, id, origin }: Source, isDev: boolean): Log {
  const compiled = toRollupLog(diagnostic, code, id)
  const written = origin?.trace(diagnostic)
  if (!origin || !written) return compiled
  const { pos: _, ...log } = toRollupLog(written, origin.source, withoutQuery(id))
  // The dev server leads places back by itself.
  return isDev ? { ...log, loc: compiled.loc } : log
}

/** Where the text is not the user's own, its offsets would mislead. */
type Log = Omit<RollupLog, 'pos'> & { pos?: number }
type Text = Pick<Log, 'message' | 'frame'>

// Every host prints the frame after the message, so it must not be in both.
function separated({ message, frame }: Log, isDev: boolean): Text {
  return { message: message.replace(`${frame}\n\n`, ''), frame: isDev ? overlayFrame(frame) : frame }
}

// There is room for one frame only, and without any the dev server would draw its own.
function joined(errors: Log[]): Text {
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
      if (state.inlined !== undefined)
        context.error(diagnose('E466', { file: relative(config.root, state.inlined).replaceAll('\\', '/') }))
      if (!hasChunks(config.worker.format)) context.error(diagnose('E407', { format: config.worker.format }))
      break
    case 'dev':
      if (config.isBundled) context.error(diagnose('E409'))
      break
  }
}
