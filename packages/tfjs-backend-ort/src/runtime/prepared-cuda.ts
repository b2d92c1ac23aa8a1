import { constants } from 'node:os';
import { join } from 'node:path';
import { engineFolder, readEngineRecord } from '../engine-folder.js';

/** Keeps a library loaded, and finds it for others that need it by its name: RTLD_NOW, RTLD_GLOBAL and RTLD_NODELETE. */
const KEEP_FOR_OTHERS = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | 0x1000;

/**
 * The folder of ONNX Runtime with its CUDA provider, as `onestep engine install ort-cuda` prepares it. CUDA's libraries are loaded here,
 * because the provider looks for them by their names only.
 *
 * @returns null if it was not prepared
 */
export function openPreparedCuda(): string | null {
  const folder = engineFolder('ort-cuda');
  const record = readEngineRecord(folder);
  if (record === null) return null;
  // What cannot be loaded is told of when the provider does not start.
  for (const library of record.preload) loadLibrary(join(folder, library));
  return join(folder, 'node_modules', 'onnxruntime-node');
}

/** Why the prepared CUDA provider cannot be loaded, which ONNX Runtime does not say; null if it can, or was not prepared. */
export function whyCudaIsNotLoaded(): string | null {
  const folder = engineFolder('ort-cuda');
  const record = readEngineRecord(folder);
  if (record === null) return null;
  const provider = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so';
  for (const library of [...record.preload, provider]) {
    const problem = loadLibrary(join(folder, library));
    if (problem?.startsWith('libcuda.so')) return `there is no NVIDIA driver: ${problem}`;
    if (problem !== null) return problem;
  }
  return null;
}

/** Loads a library that is not a Node addon. @returns the reason if that is not possible */
function loadLibrary(path: string): string | null {
  try {
    process.dlopen({ exports: {} }, path, KEEP_FOR_OTHERS);
    return null;
  } catch (error) {
    const { message } = error as Error;
    return message.startsWith('Module did not self-register') ? null : message;
  }
}
