import { BackendError } from '../backend-error.js';
import type { Gpu, WebgpuHost } from '../engines/webgpu.js';

const REMEDY =
  'It needs a browser with WebGPU (Chrome or Edge 113, Safari 26, Firefox 141 or newer), a page served over https or from ' +
  "localhost, and a graphics driver. Or use the backend 'wasm'.";

/**
 * Finds the browser's own WebGPU.
 *
 * @throws BackendError if the browser has none
 */
export function findBrowserWebgpu(): WebgpuHost {
  const gpu = (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (gpu === undefined) throw new BackendError(`The backend 'webgpu' found no WebGPU in this browser. ${REMEDY}`);
  return { gpu, provider: 'the browser', remedy: REMEDY };
}
