import { registerTensorflowKernels } from '@onestep/tfjs-kernels';
import { BackendError } from '../backend-error.js';
import { isMissing, summarizeError } from '../optional-package.js';
import { activate, type StartedBackend } from '../started-backend.js';

/** TensorFlow for Node on NVIDIA GPUs. */
export const CUDA_BUILD = '@tensorflow/tfjs-node-gpu';

const PACKAGES = [
  { name: CUDA_BUILD, runsOn: 'CUDA' },
  { name: '@tensorflow/tfjs-node', runsOn: 'CPU' },
] as const;

const REMEDY =
  'npm install @tensorflow/tfjs-node@4.22.0 for the CPU, or npm install @tensorflow/tfjs-node-gpu@4.22.0 for an NVIDIA GPU ' +
  '(Linux or Windows on x64, CUDA 11.2 with cuDNN 8.1). Both download libtensorflow during installation. ' +
  "Or use the backend 'ort', which needs neither.";

/** The exports of the two packages that are used here. They are not dependencies, so TypeScript does not see their types. */
interface TfjsNode {
  version: { 'tfjs-node'?: string };
}

/**
 * Starts TensorFlow with tfjs-node-gpu, or with tfjs-node if that is not installed.
 *
 * @throws BackendError if neither is installed, or TensorFlow does not start
 */
export async function startTensorflow(): Promise<StartedBackend> {
  for (const { name, runsOn } of PACKAGES) {
    let loaded: TfjsNode;
    try {
      loaded = (await import(name)) as TfjsNode;
    } catch (error) {
      if (isMissing(error, name)) continue;
      throw new BackendError(`The backend 'tensorflow' could not load ${name} (${summarizeError(error)}): ${REMEDY}`, {
        cause: error,
      });
    }
    await activate('tensorflow', REMEDY);
    registerTensorflowKernels();
    const version = loaded.version['tfjs-node'] ?? '';
    return {
      tfjsName: 'tensorflow',
      description: `tensorflow: TensorFlow (${name.split('/')[1]} ${version}), build for ${runsOn}`,
    };
  }
  const names = PACKAGES.map(({ name }) => name).join(' or ');
  throw new BackendError(`The backend 'tensorflow' needs the package ${names}: ${REMEDY}`);
}
