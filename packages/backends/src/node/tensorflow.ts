import { BackendError } from '../backend-error.js';
import { isMissing } from '../optional-package.js';
import { activate, type StartedBackend } from '../started-backend.js';

/** TensorFlow for Node on NVIDIA GPUs. */
export const CUDA_BUILD = '@tensorflow/tfjs-node-gpu';

const PACKAGES = [
  { name: CUDA_BUILD, runsOn: 'CUDA' },
  { name: '@tensorflow/tfjs-node', runsOn: 'CPU' },
] as const;

const REMEDY =
  'npm install @tensorflow/tfjs-node@4.22.0 computes on the CPU, npm install @tensorflow/tfjs-node-gpu@4.22.0 on an NVIDIA GPU ' +
  '(Linux or Windows on x64, CUDA 11.2 with cuDNN 8.1); both download libtensorflow when they are installed. ' +
  "Or use the backend 'ort', which needs neither.";

/** What the two packages export that is used here. They are no dependencies, so TypeScript does not see their types. */
interface TfjsNode {
  version: { 'tfjs-node'?: string };
}

/** TensorFlow through tfjs-node-gpu, or where that is not installed through tfjs-node. */
export async function startTensorflow(): Promise<StartedBackend> {
  for (const { name, runsOn } of PACKAGES) {
    let loaded: TfjsNode;
    try {
      loaded = (await import(name)) as TfjsNode;
    } catch (error) {
      if (isMissing(error, name)) continue;
      const reason = (error as Error).message.trim().split('\n')[0]!.replace(/\.$/, '');
      throw new BackendError(`The backend 'tensorflow' could not load ${name} (${reason}): ${REMEDY}`, {
        cause: error,
      });
    }
    await activate('tensorflow', REMEDY);
    const version = loaded.version['tfjs-node'] ?? '';
    return {
      tfjsName: 'tensorflow',
      description: `tensorflow: TensorFlow (${name.split('/')[1]} ${version}), build for ${runsOn}`,
    };
  }
  const names = PACKAGES.map(({ name }) => name).join(' or ');
  throw new BackendError(`The backend 'tensorflow' needs the package ${names}: ${REMEDY}`);
}
