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
  for (const library of record.preload) {
    try {
      process.dlopen({ exports: {} }, join(folder, library), KEEP_FOR_OTHERS);
    } catch {
      // It is not a Node addon, which is what this error says. The provider's own error tells of a library that is not loaded.
    }
  }
  return join(folder, 'node_modules', 'onnxruntime-node');
}
