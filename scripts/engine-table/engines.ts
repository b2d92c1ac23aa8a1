import { BROWSER_ENGINES, NODE_ENGINES, type EngineName } from '../../packages/backends/src/backend-names.js';

/** What the README says about an engine that no measurement shows. */
export interface EngineFacts {
  /** The engine in words. */
  title: string;
  /** What it needs besides the package, in Markdown. */
  needs: string;
  /** Whether training with it is only for tiny networks. */
  isSlow?: boolean;
}

/** The engines in the order of the tables. */
export const ENGINES: Readonly<Record<EngineName, EngineFacts>> = {
  ort: { title: 'ONNX Runtime (default in Node)', needs: 'nothing' },
  webgpu: { title: 'WebGPU', needs: 'a GPU; in Node the package `webgpu`' },
  wasm: { title: 'WebAssembly', needs: '`@tensorflow/tfjs-backend-wasm`' },
  tensorflow: { title: 'CPU or CUDA', needs: '`onestep engine install tensorflow`' },
  cpu: { title: 'plain JavaScript', needs: 'nothing', isSlow: true },
  'ort-webgpu': { title: 'ONNX Runtime on a GPU', needs: 'a GPU driver' },
  'ort-cuda': { title: 'ONNX Runtime on CUDA', needs: 'an NVIDIA GPU; `onestep engine install ort-cuda`' },
};

export const ENGINE_NAMES = Object.keys(ENGINES) as EngineName[];

/** Whether an engine runs in browsers. */
export function runsInBrowsers(name: EngineName): boolean {
  return (BROWSER_ENGINES as readonly string[]).includes(name);
}

/** Whether an engine runs in Node: all of them do. */
export function runsInNode(name: EngineName): boolean {
  return runsInBrowsers(name) || (NODE_ENGINES as readonly string[]).includes(name);
}

export type { EngineName };
