import { BackendError } from './backend-error.js';
import { BROWSER_ENGINES, NODE_ENGINES, unknownBackend, type BackendName, type EngineName } from './backend-names.js';
import { startCpu } from './engines/cpu.js';
import { startWasm } from './engines/wasm.js';
import { startWebgpu } from './engines/webgpu.js';
import { startAuto } from './node/auto.js';
import { dawn } from './node/dawn.js';
import { startOrt } from './node/ort.js';
import { startTensorflow } from './node/tensorflow.js';
import type { BackendOptions, StartedBackend } from './started-backend.js';

/** How each engine is started: it registers itself with tfjs, becomes its current one, and says what it found. */
const ENGINES: Record<EngineName, (options: BackendOptions) => Promise<StartedBackend>> = {
  /** ONNX Runtime, with the provider that ONESTEP_PROVIDER names: its CPU kernels unless told otherwise. */
  ort: () => startOrt(),
  /** ONNX Runtime on a GPU through its WebGPU provider. */
  'ort-webgpu': () => startOrt('webgpu'),
  /** ONNX Runtime on an NVIDIA GPU. */
  'ort-cuda': () => startOrt('cuda'),
  /** tfjs's own WebGPU engine, on Dawn in Node. */
  webgpu: async () => startWebgpu(await dawn()),
  /** TensorFlow, on an NVIDIA GPU or the CPU. */
  tensorflow: startTensorflow,
  /** WebAssembly, as in browsers; one thread in Node. */
  wasm: startWasm,
  /** tfjs's plain JavaScript: works everywhere, hundreds of times slower. */
  cpu: startCpu,
};

/** Every name that {@link startBackend} takes in Node. */
export const BACKEND_NAMES: readonly BackendName[] = ['auto', ...NODE_ENGINES, ...BROWSER_ENGINES];

export function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}

/**
 * Starts an engine in Node and makes it tfjs's current one.
 *
 * @throws BackendError if a package, a driver or a device is missing: the message says what to install
 */
export async function startBackend(name: BackendName = 'auto', options: BackendOptions = {}): Promise<StartedBackend> {
  if (!isBackendName(name)) throw new BackendError(unknownBackend(name, BACKEND_NAMES));
  return name === 'auto' ? startAuto() : ENGINES[name](options);
}
