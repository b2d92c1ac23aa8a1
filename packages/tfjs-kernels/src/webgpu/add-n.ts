import type * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../replace-kernel.js';
import type { WebgpuBackend } from './webgpu-program.js';

/**
 * Replaces tfjs's sum of many tensors by sums of groups. tfjs binds all tensors to one shader. Beyond the device's limit
 * (often 8, including the result) it computes nothing and reports no error except a message of the device.
 */
export function registerAddN(): void {
  replaceKernel('AddN', 'webgpu', (original) => ({ inputs, attrs, backend: engine }) => {
    const backend = engine as WebgpuBackend;
    const limit = backend.device.limits.maxStorageBuffersPerShaderStage - 1;
    const sum = (tensors: tf.TensorInfo[]) => original({ inputs: tensors as never, attrs, backend }) as tf.TensorInfo;
    let terms = inputs as unknown as tf.TensorInfo[];
    let partialSums: tf.TensorInfo[] = [];
    while (terms.length > limit) {
      const groups = Array.from({ length: Math.ceil(terms.length / limit) }, (_, i) =>
        sum(terms.slice(i * limit, (i + 1) * limit)),
      );
      partialSums.forEach(({ dataId }) => backend.disposeData(dataId));
      terms = partialSums = groups;
    }
    const total = sum(terms);
    partialSums.forEach(({ dataId }) => backend.disposeData(dataId));
    return total;
  });
}
