import type { Plugin } from 'vite';

/**
 * Lets the WebAssembly engine have threads. tfjs hands the text of a function to them (`toString()`), which asks whether a variable
 * around it exists. The minifier answers that here, where it does; in a thread it does not. So the function gets one of its own.
 */
export const wasmThreads: Plugin = {
  name: 'wasm-threads',
  transform(code, id) {
    if (!id.endsWith('/tfjs-backend-wasm-threaded-simd.js')) return undefined;
    const start = 'function(WasmBackendModuleThreadedSimd) {';
    if (!code.includes(start)) throw new Error(`${id} has another form than expected: its threads would not start.`);
    return { code: code.replace(start, `${start} var _scriptDir;`), map: null };
  },
};
