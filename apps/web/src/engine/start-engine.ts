import { startEngine as start, type EngineName } from 'onestep';
// Addresses of the engine's binaries, and none of its code.
/* eslint-disable no-restricted-imports */
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
/* eslint-enable no-restricted-imports */

/** The build puts the three files of the WebAssembly engine into one folder, under their own names. */
const [wasmPath] = [plain, simd, threaded].map((url) => new URL('.', new URL(url, self.location.href)).href);

/**
 * Starts an engine in this worker.
 *
 * @returns the engine in one line
 * @throws BackendError saying what is missing
 */
export function startEngine(engine: EngineName): Promise<string> {
  return start({ engine, wasmPath });
}
