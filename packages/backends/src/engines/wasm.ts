import { registerWasmKernels } from '@onestep/tfjs-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { importOptional } from '../optional-package.js';
import { activate, type BackendOptions, type StartedBackend } from '../started-backend.js';
import { withoutFatalHandlers } from './fatal-handlers.js';
import { canHaveThreads, forgoThreads, watchThreads } from './wasm-threads.js';

const PACKAGE = '@tensorflow/tfjs-backend-wasm';

/**
 * Starts tfjs's WebAssembly engine, with SIMD and threads where the host has them. (Browsers have threads on pages that are
 * cross-origin isolated.) Where threads do not start, as from a bundle that has renamed what they need, it has one.
 */
export async function startWasm({ wasmPath }: BackendOptions = {}): Promise<StartedBackend> {
  const remedy = `npm install ${PACKAGE}@4.22.0. Or use another backend.`;
  const wasm = await importOptional(
    { backend: 'wasm', name: PACKAGE, remedy },
    () => import('@tensorflow/tfjs-backend-wasm'),
  );
  if (wasmPath !== undefined) wasm.setWasmPaths(wasmPath.endsWith('/') ? wasmPath : `${wasmPath}/`);
  const folder = wasmPath ?? 'the folder of the script';
  const help = `Copy the three .wasm files of ${PACKAGE}/dist into ${folder} (option wasmPath).`;
  const start = () => activate('wasm', help);
  let failure = '';
  await withoutFatalHandlers(async () => {
    if (!(await canHaveThreads())) {
      forgoThreads();
      return start();
    }
    try {
      await watchThreads(start);
    } catch (error) {
      failure = ` (others did not start: ${(error as Error).message})`;
      forgoThreads();
      await start();
    }
  });
  registerWasmKernels();
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD, slow';
  const threads = wasm.getThreadsCount();
  const count = threads > 1 ? `${threads} threads` : `one thread${failure}`;
  return { tfjsName: 'wasm', description: `wasm: tfjs-backend-wasm ${wasm.version_wasm}, ${simd}, ${count}` };
}
