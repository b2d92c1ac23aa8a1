import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.js';
import { startCpu } from './engines/cpu.js';
import { startOrt } from './engines/ort.js';
import { startWebgpu } from './engines/webgpu.js';
import type { StartedBackend } from './started-backend.js';

/** How each engine is started: it registers itself with tfjs and says under which name, and what it found. */
const ENGINES = {
  /** ONNX Runtime, with the provider that ONESTEP_PROVIDER names: its CPU kernels unless told otherwise. */
  ort: () => startOrt(),
  /** ONNX Runtime on a GPU through its WebGPU provider. */
  'ort-webgpu': () => startOrt('webgpu'),
  /** tfjs's plain JavaScript: works everywhere, hundreds of times slower. */
  cpu: startCpu,
  /** tfjs's own WebGPU engine, on Dawn in Node. */
  webgpu: startWebgpu,
} satisfies Record<string, () => Promise<StartedBackend>>;

/** What {@link startBackend} takes; `auto` is the engine that is fastest without asking for anything to be installed. */
export type BackendName = 'auto' | keyof typeof ENGINES;

export const BACKEND_NAMES: readonly BackendName[] = ['auto', ...(Object.keys(ENGINES) as (keyof typeof ENGINES)[])];

export function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}

/**
 * Starts an engine in Node and makes it tfjs's current one.
 *
 * @throws BackendError if a package, a driver or a device is missing: the message says what to install
 */
export async function startBackend(name: BackendName = 'auto'): Promise<StartedBackend> {
  if (!isBackendName(name)) {
    throw new BackendError(`There is no backend '${String(name)}': use one of ${BACKEND_NAMES.join(', ')}.`);
  }
  const started = await ENGINES[name === 'auto' ? 'ort' : name]();
  // tfjs only warns of an engine that does not start, and goes on with another one.
  if (!(await tf.setBackend(started.tfjsName))) {
    throw new BackendError(`The backend '${name}' did not start: tfjs-core has printed the reason above.`);
  }
  await tf.ready();
  return started;
}
