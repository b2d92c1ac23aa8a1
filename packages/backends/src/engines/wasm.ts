import * as tf from '@tensorflow/tfjs-core';
import { imported } from '../optional-package.js';
import { activate, type BackendOptions, type StartedBackend } from '../started-backend.js';
import { withoutFatalHandlers } from './fatal-handlers.js';
import { registerConvolutionGradients } from './wasm-kernels/convolution-gradients.js';
import { registerGroupNorm } from './wasm-kernels/group-norm.js';
import { registerTransposedMatmul } from './wasm-kernels/matmul.js';
import { registerPixelSum } from './wasm-kernels/sum.js';

const PACKAGE = '@tensorflow/tfjs-backend-wasm';

/** tfjs's WebAssembly engine, with SIMD and threads where the host has them (in a browser: a page that is cross-origin isolated). */
export async function startWasm({ wasmPath }: BackendOptions = {}): Promise<StartedBackend> {
  const remedy = `npm install ${PACKAGE}@4.22.0. Or use another backend.`;
  const wasm = await imported(
    { backend: 'wasm', name: PACKAGE, remedy },
    () => import('@tensorflow/tfjs-backend-wasm'),
  );
  if (wasmPath !== undefined) wasm.setWasmPaths(wasmPath.endsWith('/') ? wasmPath : `${wasmPath}/`);
  const where = wasmPath ?? 'the folder of the script';
  const help = `Its three .wasm files have to lie in ${where} (option wasmPath); they are in ${PACKAGE}/dist.`;
  await withoutFatalHandlers(() => activate('wasm', help));
  registerKernels();
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD, slow';
  const threads = wasm.getThreadsCount();
  const count = threads > 1 ? `${threads} threads` : 'one thread';
  return { tfjsName: 'wasm', description: `wasm: tfjs-backend-wasm ${wasm.version_wasm}, ${simd}, ${count}` };
}

let registered = false;

/** What the engine lacks for training, and what it does slowly. */
function registerKernels(): void {
  if (registered) return;
  registered = true;
  registerTransposedMatmul();
  registerPixelSum();
  registerConvolutionGradients();
  registerGroupNorm();
}
