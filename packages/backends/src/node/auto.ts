import { BackendError } from '../backend-error.js';
import type { StartedBackend } from '../started-backend.js';
import { hasNvidiaDriver } from './nvidia-driver.js';
import { startOrt } from './ort.js';
import { startTensorflow } from './tensorflow.js';
import { findTfjsNode, isForCuda } from './tfjs-node.js';

/**
 * Starts the fastest engine whose packages are installed. On a machine with an NVIDIA GPU that is TensorFlow, if it
 * was prepared for CUDA, else ONNX Runtime's CUDA provider. On other machines, and where those do not start, it is ONNX Runtime on the CPU.
 */
export async function startAuto(): Promise<StartedBackend> {
  const provider = process.env.ONESTEP_PROVIDER;
  if (provider) return addReason(await startOrt(), `ONESTEP_PROVIDER is ${provider}`);
  if (!hasNvidiaDriver()) return addReason(await startOrt(), 'no NVIDIA GPU');
  const failed: string[] = [];
  const reason = () =>
    ['an NVIDIA GPU found', ...failed.map((name) => `${name} failed to start; select it by name to see why`)].join(
      '; ',
    );
  for (const { name, start } of cudaEngines()) {
    try {
      return addReason(await start(), reason());
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      failed.push(name);
    }
  }
  return addReason(await startOrt(), reason());
}

/** The engines that compute on an NVIDIA GPU and may be installed. */
function cudaEngines() {
  const ortCuda = { name: 'ort-cuda', start: () => startOrt('cuda') };
  const tensorflow = findTfjsNode();
  if (tensorflow === null || tensorflow.binding === null || !isForCuda(tensorflow)) return [ortCuda];
  return [{ name: 'tensorflow', start: () => startTensorflow({ requireGpu: true }) }, ortCuda];
}

function addReason({ tfjsName, description }: StartedBackend, reason: string): StartedBackend {
  return { tfjsName, description: `${description} (auto: ${reason})` };
}
