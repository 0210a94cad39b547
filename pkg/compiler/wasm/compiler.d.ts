/* tslint:disable */
/* eslint-disable */

export function __wbg_reset_state(): void;

/**
 * Explains one file. Nobody waits for this one, so it comes as the object that it is.
 *
 * # Errors
 * None but for options that `wire.ts` did not write.
 */
export function explain(source: string, text: string, numbers: Uint32Array | number[]): any;

/**
 * The strings of the last result.
 */
export function takeText(): string;

/**
 * Transforms one file. The numbers of the result; its strings are asked for next, by [`take_text`].
 *
 * # Errors
 * None but for options that `wire.ts` did not write. Bad source text never throws: it gives diagnostics.
 */
export function transformToWire(source: string, text: string, numbers: Uint32Array | number[], reference: Function, specifier: Function): Uint32Array;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly explain: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly takeText: () => [number, number];
    readonly transformToWire: (a: number, b: number, c: number, d: number, e: number, f: number, g: any, h: any) => [number, number, number, number];
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
