import * as tf from '@tensorflow/tfjs-core';
import type { WebgpuBackend } from './webgpu-program.js';

/**
 * Replaces tfjs's sum of many tensors, which binds all of them to one shader: beyond the device's limit (often 8 with the
 * result) the sum was never computed, and nothing but a message of the device said so. Here it is summed up in groups.
 */
export function registerAddN(): void {
  const original = tf.getKernel('AddN', 'webgpu');
  tf.unregisterKernel('AddN', 'webgpu');
  tf.registerKernel({
    ...original,
    kernelFunc: ({ inputs, attrs, backend: engine }) => {
      const backend = engine as WebgpuBackend;
      const most = backend.device.limits.maxStorageBuffersPerShaderStage - 1;
      const sum = (tensors: tf.TensorInfo[]) =>
        original.kernelFunc({ inputs: tensors as never, attrs, backend }) as tf.TensorInfo;
      let terms = inputs as unknown as tf.TensorInfo[];
      let made: tf.TensorInfo[] = [];
      while (terms.length > most) {
        const groups = Array.from({ length: Math.ceil(terms.length / most) }, (_, i) =>
          sum(terms.slice(i * most, (i + 1) * most)),
        );
        made.forEach(({ dataId }) => backend.disposeData(dataId));
        terms = made = groups;
      }
      const total = sum(terms);
      made.forEach(({ dataId }) => backend.disposeData(dataId));
      return total;
    },
  });
}
