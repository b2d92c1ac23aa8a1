import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BackendError } from '../backend-error.js';
import type { StartedBackend } from '../started-backend.js';
import { startOrt } from './ort.js';
import { CUDA_BUILD, startTensorflow } from './tensorflow.js';

/** Where NVIDIA's driver shows that there is a GPU: Linux, its containers, Linux on Windows. */
const NVIDIA_DEVICES = ['/dev/nvidiactl', '/dev/nvidia0', '/usr/lib/wsl/lib/libcuda.so.1'];

/**
 * The fastest engine of those whose packages are installed: on a machine with an NVIDIA GPU TensorFlow's build for CUDA, else
 * ONNX Runtime's CUDA provider; everywhere else, and where those do not start, ONNX Runtime on the CPU.
 */
export async function startAuto(): Promise<StartedBackend> {
  const named = process.env.ONESTEP_PROVIDER;
  if (named) return because(await startOrt(), `ONESTEP_PROVIDER is ${named}`);
  if (!NVIDIA_DEVICES.some(existsSync)) return because(await startOrt(), 'no NVIDIA GPU');
  const refused: string[] = [];
  for (const { name, start } of cudaEngines()) {
    try {
      return because(await start(), ['an NVIDIA GPU found', ...refused].join('; '));
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      refused.push(`${name} does not start here`);
    }
  }
  return because(await startOrt(), ['an NVIDIA GPU found', ...refused, 'asked for by name, they say why'].join('; '));
}

/** The engines that compute on an NVIDIA GPU and may be there. */
function cudaEngines() {
  const ortCuda = { name: 'ort-cuda', start: () => startOrt('cuda') };
  return isInstalled(CUDA_BUILD) ? [{ name: 'tensorflow', start: startTensorflow }, ortCuda] : [ortCuda];
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function because({ tfjsName, description }: StartedBackend, reason: string): StartedBackend {
  return { tfjsName, description: `${description} (auto: ${reason})` };
}
