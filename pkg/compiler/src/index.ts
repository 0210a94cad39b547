/** The contract of the compiler: what goes into one `transform` call and what comes out. Offsets are UTF-16 code units of `source`. */

/** A source language. Module flavours (`.mts`, `.cjs`, …) make no difference here. */
export type Lang = 'js' | 'jsx' | 'ts' | 'tsx'

/** How the bundler will compile the JSX of the file. It decides which names JSX reads. */
export interface JsxOptions {
  /** Which runtime the compiled JSX calls. Default: `'automatic'`. */
  runtime?: 'automatic' | 'classic' | 'preserve' | undefined
  /** The classic factory. Default: `React.createElement`. */
  factory?: string | undefined
  /** The classic fragment. Default: `React.Fragment`. */
  fragment?: string | undefined
}

/** What the two address callbacks learn of a worker-side module. */
export interface ModuleRef {
  /** What it holds */
  kind: WorkerModule['kind']
  /** 16 base36 characters */
  id: string
  /** `<readable>_<id>`, safe in file names and URLs */
  name: string
  /** Hash of the module's content and of all that it reaches */
  hash: string
  /** Extension of its language, without the dot */
  lang: Lang
  /** Whether the text that asks is this very module */
  self: boolean
}

/** Options of one {@link Transform} call. */
export interface TransformOptions {
  /**
   * `<name>@<version>/<path>` of the nearest `package.json` that has a name, with `/` separators. Ids are derived from it, so it
   * must be the same on every machine. `packageFilename` of `@experimental-threads/compiler/plugin-core` computes it.
   */
  filename: string
  /** The language of `source`. Default: what the extension of `filename` stands for. */
  lang?: Lang | undefined
  /** How JSX will be compiled. */
  jsx?: JsxOptions | undefined
  /** Module specifiers under which the runtime is imported. Default: `['experimental-threads']`. */
  importSource?: readonly string[] | undefined
  /**
   * Gives the JavaScript expression for a worker-side module's address, which is put into the text. Called once per use,
   * synchronously, and only when the file has no error.
   */
  reference: (module: ModuleRef) => string
  /** Gives the module specifier under which one worker-side module imports another. */
  specifier: (module: ModuleRef) => string
  /** Whether to make source maps. Default: true. */
  sourceMap?: boolean | undefined
  /** Development output: positions of every capture are kept, names are readable. Default: false. */
  dev?: boolean | undefined
  /** Whether what runs the output reads `using`. Where it does not, a file that spawns and says it is refused (E232). Default: true. */
  using?: boolean | undefined
  /**
   * Where the source came from, when another tool has written it: line, column, original line and original column of each known place,
   * all from 0, in the order of the source. The positions that messages name at run time are then the original ones. Default: none.
   */
  origins?:
    | readonly (readonly [line: number, column: number, originalLine: number, originalColumn: number])[]
    | undefined
}

/** A source map, version 3. `sources` holds the base name of the source file, alone. */
export interface SourceMap {
  version: 3
  sources: string[]
  sourcesContent: string[]
  names: string[]
  mappings: string
}

/** A captured binding of a closure. */
export interface Capture {
  name: string
  /** `clone`: its value is cloned. `recipe`: cloned if it survives that faithfully, else evaluated anew in the worker. */
  kind: 'clone' | 'recipe'
  /** First use */
  start: number
  end: number
}

/** A name that a worker-side module imports from outside the file. */
export interface ImportedName {
  /** The module specifier as written */
  source: string
  /** `default`, `*`, or the exported name */
  imported: string
  local: string
}

/** A module that runs in workers. Its text is final: it is never transformed again. */
export interface WorkerModule {
  /** `site`: one lifted closure. `declaration`: a hoisted declaration. `recipe`: an initialiser evaluated in the worker. */
  kind: 'site' | 'declaration' | 'recipe'
  /** 16 base36 characters that depend on the file name and the binding path, never on position or content */
  id: string
  /** `<readable>_<id>`, safe in file names and URLs */
  name: string
  /** Hash of the content, with references counted as ids, and of all that the module reaches */
  hash: string
  lang: Lang
  code: string
  map: SourceMap | null
  /** Id of the site in whose closure this site stands */
  parent?: string
  /** Whether the text names a blocking operation, so that it needs a worker of its own */
  blocks: boolean
  captures: Capture[]
  imports: ImportedName[]
  /** Ids of the worker-side modules that it uses */
  needs: string[]
  /** Where the closure or declaration stands in the source */
  start: number
  end: number
}

/** A shared value at module level that was given an id. */
export interface SharedSite {
  id: string
  /** `Global`, `Mutex`, … */
  type: string
  /** The binding that holds it */
  name: string
  start: number
  end: number
}

/** A further place of a diagnostic. */
export interface DiagnosticLabel {
  start: number
  end: number
  /** What is there */
  text: string
}

/** An error or a warning. */
export interface Diagnostic {
  /** `E101`, `W901`, …: also the name of its page in `@experimental-threads/compiler/errors/` */
  code: string
  severity: 'error' | 'warning'
  /** One sentence, names in backticks, no full stop */
  message: string
  start: number
  end: number
  labels: DiagnosticLabel[]
  /** Background, one sentence each */
  notes: string[]
  /** What to do, in the imperative */
  help?: string
}

/** The result for one file. */
export interface TransformOutput {
  /** The spawning module, rewritten; the source as it was when nothing changed or when there is an error */
  code: string
  map: SourceMap | null
  /** Whether `code` differs from the source */
  changed: boolean
  modules: WorkerModule[]
  shared: SharedSite[]
  /** All errors and warnings of the file, in source order */
  diagnostics: Diagnostic[]
}

/** The signature of `transform`. */
export type Transform = (source: string, options: TransformOptions) => TransformOutput

export type {
  Explain,
  ExplainOptions,
  ExplainedClass,
  ExplainedName,
  ExplainedSite,
  Explanation,
  Place,
} from './explanation.ts'
