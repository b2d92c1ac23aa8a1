import { BackendError } from '../backend-error.js';
import { type BackendName, BROWSER_ENGINES, type EngineName, NODE_ENGINES, unknownBackend } from '../backend-names.js';
import { startCpu } from '../engines/cpu.js';
import { startWasm } from '../engines/wasm.js';
import { startWebgpu } from '../engines/webgpu.js';
import type { BackendOptions, StartedBackend } from '../started-backend.js';
import { startAuto } from './auto.js';
import { openDawn } from './dawn.js';
import { startOrt } from './ort.js';
import { startTensorflow } from './tensorflow.js';

const ENGINES: Record<EngineName, (options: BackendOptions) => Promise<StartedBackend>> = {
  /** ONNX Runtime, with the execution provider that ONESTEP_PROVIDER names; the CPU by default. */
  ort: () => startOrt(),
  /** ONNX Runtime on a GPU, with its WebGPU provider. */
  'ort-webgpu': () => startOrt('webgpu'),
  /** ONNX Runtime on an NVIDIA GPU. */
  'ort-cuda': () => startOrt('cuda'),
  /** tfjs's own WebGPU engine, on Dawn. */
  webgpu: async () => startWebgpu(await openDawn()),
  /** TensorFlow, on an NVIDIA GPU or the CPU. */
  tensorflow: () => startTensorflow(),
  /** WebAssembly, as in browsers; one thread in Node. */
  wasm: startWasm,
  /** tfjs's plain JavaScript: runs everywhere, hundreds of times slower. */
  cpu: startCpu,
};

/** The names that {@link startBackend} accepts in Node. */
export const BACKEND_NAMES: readonly BackendName[] = ['auto', ...NODE_ENGINES, ...BROWSER_ENGINES];

/**
 * Whether {@link startBackend} accepts a name in Node.
 *
 * @internal
 */
export function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}

/**
 * Starts an engine in Node and makes it the current tfjs backend.
 *
 * @param name the engine; `auto` (the default) chooses the fastest one that starts
 * @param options options of the engine
 * @returns what was started, in words
 * @throws BackendError if the name is unknown, or a package, a driver or a device is missing: the message says what to install
 */
export async function startBackend(name: BackendName = 'auto', options: BackendOptions = {}): Promise<StartedBackend> {
  if (!isBackendName(name)) throw new BackendError(unknownBackend(name, BACKEND_NAMES));
  return name === 'auto' ? startAuto() : ENGINES[name](options);
}
