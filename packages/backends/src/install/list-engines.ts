import { NODE_ENGINES, type EngineName, BROWSER_ENGINES } from '../backend-names.js';
import { probeEngine, type Probe } from './probe.js';

/** An engine, and whether it works on this machine. */
export type ListedEngine = { name: EngineName; about: string } & Probe;

const ABOUT: Record<EngineName, string> = {
  ort: 'ONNX Runtime on the CPU; nothing to install',
  'ort-cuda': 'ONNX Runtime on an NVIDIA GPU',
  'ort-webgpu': 'ONNX Runtime on any GPU, by WebGPU',
  tensorflow: 'TensorFlow on an NVIDIA GPU or the CPU',
  webgpu: "tfjs's WebGPU engine on any GPU, as in browsers",
  wasm: "tfjs's WebAssembly engine, as in browsers; one thread",
  cpu: 'plain JavaScript; for tiny networks',
};

/**
 * Tries all engines of Node on this machine, each in a process of its own.
 *
 * @param options.progress called with the name of the engine that is tried next
 * @param options.signal stops it early
 */
export async function listEngines({
  progress,
  signal,
}: { progress?(name: EngineName): void; signal?: AbortSignal } = {}): Promise<ListedEngine[]> {
  const listed: ListedEngine[] = [];
  // One after the other: each takes all processors, and some most of the memory.
  for (const name of [...NODE_ENGINES, ...BROWSER_ENGINES]) {
    progress?.(name);
    listed.push({ name, about: ABOUT[name], ...(await probeEngine(name, { signal })) });
  }
  return listed;
}
