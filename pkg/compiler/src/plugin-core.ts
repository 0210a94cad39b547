/** What the plugins of all bundlers share. It knows no bundler, and it needs Node. */

export { checkOptions } from './check-options.ts'
export { frame } from './frame.ts'
export {
  BESIDE,
  BOOT_ID,
  appendBoot,
  codeFilter,
  languageOf,
  mightSpawn,
  moduleQuery,
  parseModuleId,
  withoutQuery,
  workerModuleId,
} from './module-ids.ts'
export type { ModuleId } from './module-ids.ts'
export { ModuleStore } from './module-store.ts'
export { clearPackageNames, isForeign, packageFilename, realFile } from './package-name.ts'
export { atTheirLines } from './lines.ts'
export { locate } from './positions.ts'
export type { Position } from './positions.ts'
export { docsPage, formatDiagnostic, toEsbuildMessage, toMessages, toRollupLog } from './report.ts'
export type { EsbuildLocation, EsbuildMessage, EsbuildNote, RollupLog } from './report.ts'
export { ERROR_FILES, shortTexts } from './short-texts.ts'
export { spawningPackages } from './spawning-packages.ts'
export type { SpawningPackage } from './spawning-packages.ts'
export { inlineSourceMap, sourceMapFor } from './source-maps.ts'
