/** Small projects on disk, built with the plugin and run in processes of their own. */

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import * as esbuild from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'
import type { Options } from 'esbuild-plugin-experimental-threads'
import { onTestFinished } from 'vitest'

const runtime = fileURLToPath(new URL('../../pkg/runtime', import.meta.url))

/** What a program printed, and how it ended. */
export interface Run {
  stdout: string
  stderr: string
  code: number | string | null
}

/** The result of a build; `outputFiles` is empty unless it was built with `write: false`. */
export interface Built extends esbuild.BuildResult {
  metafile: esbuild.Metafile
  outputFiles: esbuild.OutputFile[]
}

export interface Project {
  directory: string
  /** Absolute path of a file of the project */
  path(file: string): string
  write(files: Record<string, string>): void
  remove(file: string): void
  /** Builds `src/main.ts` for Node into `out`, unless told otherwise, with the plugin first */
  build(options: esbuild.BuildOptions, plugin?: Options): Promise<Built>
  /** The options that `build` gives to esbuild */
  options(options: esbuild.BuildOptions, plugin?: Options): esbuild.BuildOptions & { metafile: true }
  /** Runs a file of the project with Node to its end */
  run(file: string, ...flags: string[]): Promise<Run>
}

/**
 * A project in a new temporary folder that is removed after the test. It is a package of type `module` that has the runtime installed,
 * and `legacy`, a CommonJS package.
 */
export function project(files: Record<string, string>): Project {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'esbuild é日😀 ')))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = (file: string): string => join(directory, file)
  const write = (all: Record<string, string>): void => {
    for (const [file, text] of Object.entries(all)) {
      mkdirSync(dirname(path(file)), { recursive: true })
      writeFileSync(path(file), text)
    }
  }
  write({
    'package.json': JSON.stringify({ name: 'app', version: '1.0.0', type: 'module' }),
    'node_modules/legacy/package.json': JSON.stringify({ name: 'legacy', version: '1.0.0', main: 'index.js' }),
    'node_modules/legacy/index.js': 'exports.double = function (n) { return n * 2 }\n',
    ...files,
  })
  symlinkSync(runtime, path('node_modules/experimental-threads'), 'junction')

  const options = (given: esbuild.BuildOptions, plugin?: Options): esbuild.BuildOptions & { metafile: true } => ({
    absWorkingDir: directory,
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    ...(given.outfile === undefined ? { outdir: 'out' } : {}),
    ...given,
    metafile: true,
    plugins: [experimentalThreads(plugin), ...(given.plugins ?? [])],
  })
  return {
    directory,
    path,
    write,
    remove: (file) => rmSync(path(file)),
    options,
    build: async (given, plugin) => {
      const result = await esbuild.build(options(given, plugin))
      return { ...result, outputFiles: result.outputFiles ?? [] }
    },
    run: (file, ...flags) => runNode([...flags, path(file)], directory),
  }
}

function runNode(command: string[], directory: string): Promise<Run> {
  return new Promise((resolve) => {
    // A program that does not end by itself is ended, and then has no exit code.
    execFile(
      process.execPath,
      command,
      { cwd: directory, timeout: 60_000, env: { PATH: process.env['PATH'] } },
      (error, stdout, stderr) => {
        resolve({ stdout, stderr, code: error === null ? 0 : (error.code ?? null) })
      },
    )
  })
}

/** The output of a build that holds a source file, by its path in the metafile. */
export function outputsWith(metafile: esbuild.Metafile, input: string): string[] {
  return Object.entries(metafile.outputs).flatMap(([output, { inputs }]) =>
    Object.hasOwn(inputs, input) ? [output] : [],
  )
}

/** The output of a build that starts with a source file. */
export function outputOf(metafile: esbuild.Metafile, entryPoint: string): string {
  const found = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entryPoint)
  if (found === undefined) throw new Error(`no output starts with ${entryPoint}`)
  return found[0]
}

/** What a build failed with; a build that succeeds is an error of the test. */
export async function failureOf(build: Promise<unknown>): Promise<esbuild.BuildFailure> {
  try {
    await build
  } catch (error) {
    return error as esbuild.BuildFailure
  }
  throw new Error('the build succeeded')
}
