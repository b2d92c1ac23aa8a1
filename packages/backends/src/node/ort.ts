import * as tf from '@tensorflow/tfjs-core';
import type { OrtBackend } from '@onestep/tfjs-backend-ort';
import { BackendError } from '../backend-error.js';
import { activate, type StartedBackend } from '../started-backend.js';
import { describeThreads } from './thread-count.js';
import { useSoftwareVulkanDriver } from './vulkan-driver.js';

/**
 * Starts ONNX Runtime.
 *
 * @param provider the execution provider. Default: ONESTEP_PROVIDER, else the CPU
 * @throws BackendError if the provider does not work on this machine, or an environment variable has a wrong value
 */
export async function startOrt(provider?: 'webgpu' | 'cuda'): Promise<StartedBackend> {
  if (provider === 'webgpu') useSoftwareVulkanDriver();
  const { configure } = await import('@onestep/tfjs-backend-ort');
  try {
    configure({ provider });
  } catch (error) {
    const isWrongSetting = error instanceof RangeError;
    throw new BackendError((error as Error).message, { cause: error, isWrongSetting });
  }
  await activate('ort', 'Use another backend.');
  const { provider: runsOn, threads } = (tf.backend() as OrtBackend).options;
  const detail = runsOn === 'cpu' ? `CPU, ${describeThreads(threads)}` : `provider ${runsOn}`;
  return { tfjsName: 'ort', description: `ort: ONNX Runtime (tfjs-backend-ort), ${detail}` };
}
