import { BackendError } from '../backend-error.js';
import type { Gpu, WebgpuHost } from '../engines/webgpu.js';

const REMEDY =
  'It needs a browser with WebGPU (Chrome or Edge 113, Safari 26, Firefox 141 or newer), a page from https or localhost, and ' +
  "a graphics driver. Or use the backend 'wasm'.";

/** The browser's own WebGPU. @throws BackendError if it has none */
export function browserWebgpu(): WebgpuHost {
  const gpu = (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (gpu === undefined) throw new BackendError(`The backend 'webgpu' found no WebGPU in this browser. ${REMEDY}`);
  return { gpu, provider: 'the browser', remedy: REMEDY };
}
