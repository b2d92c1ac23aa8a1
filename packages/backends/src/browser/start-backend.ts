import { BackendError } from '../backend-error.js';
import { type BackendName, BROWSER_ENGINES, NODE_ENGINES, unknownBackend } from '../backend-names.js';
import { startCpu } from '../engines/cpu.js';
import { startWasm } from '../engines/wasm.js';
import { startWebgpu } from '../engines/webgpu.js';
import type { BackendOptions, StartedBackend } from '../started-backend.js';
import { startAuto } from './auto.js';
import { findBrowserWebgpu } from './webgpu.js';

const ENGINES: Record<(typeof BROWSER_ENGINES)[number], (options: BackendOptions) => Promise<StartedBackend>> = {
  /** tfjs's own WebGPU engine. */
  webgpu: async () => startWebgpu(findBrowserWebgpu()),
  /** WebAssembly: runs in every browser. */
  wasm: startWasm,
  /** tfjs's plain JavaScript: runs everywhere, slowly. */
  cpu: startCpu,
};

/** The names that {@link startBackend} accepts in a browser. */
export const BACKEND_NAMES: readonly BackendName[] = ['auto', ...BROWSER_ENGINES];

/** Whether {@link startBackend} accepts a name in a browser. */
export function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}

/**
 * Starts an engine in a browser (page or worker) and makes it the current tfjs backend.
 *
 * @param name the engine; `auto` (the default) chooses the fastest one that starts
 * @param options options of the engine
 * @returns what was started, in words
 * @throws BackendError if the engine runs in Node only, or something is missing: the message says what to do
 */
export async function startBackend(name: BackendName = 'auto', options: BackendOptions = {}): Promise<StartedBackend> {
  if (name === 'auto') return startAuto(options);
  if (Object.hasOwn(ENGINES, name)) return ENGINES[name as keyof typeof ENGINES](options);
  if ((NODE_ENGINES as readonly string[]).includes(name)) {
    throw new BackendError(
      `The backend '${name}' runs in Node only: in a browser use one of ${BACKEND_NAMES.join(', ')}.`,
    );
  }
  throw new BackendError(unknownBackend(name, BACKEND_NAMES));
}
