import { availableParallelism } from 'node:os';
import { BackendError } from '../backend-error.js';
import { activate, type StartedBackend } from '../started-backend.js';
import { useSoftwareVulkanDriver } from './vulkan-driver.js';

/**
 * Starts ONNX Runtime.
 *
 * @param provider the execution provider. Default: ONESTEP_PROVIDER, else the CPU
 * @throws BackendError if the provider does not work on this machine
 */
export async function startOrt(provider?: 'webgpu' | 'cuda'): Promise<StartedBackend> {
  if (provider === 'webgpu') useSoftwareVulkanDriver();
  const { configure } = await import('@onestep/tfjs-backend-ort');
  try {
    configure({ provider });
  } catch (error) {
    throw new BackendError((error as Error).message, { cause: error });
  }
  await activate('ort', 'Use another backend.');
  const runsOn = provider ?? (process.env.ONESTEP_PROVIDER || 'cpu');
  const threads = process.env.ONESTEP_THREADS || availableParallelism();
  const detail = runsOn === 'cpu' ? `CPU, ${threads} threads` : `provider ${runsOn}`;
  return { tfjsName: 'ort', description: `ort: ONNX Runtime (tfjs-backend-ort), ${detail}` };
}
