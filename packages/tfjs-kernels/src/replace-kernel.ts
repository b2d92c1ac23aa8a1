import * as tf from '@tensorflow/tfjs-core';

/**
 * Replaces a kernel of an engine.
 *
 * @param kernelName the kernel, under its tfjs name
 * @param backendName the engine, under its tfjs name
 * @param create builds the new kernel function; it receives the engine's own, for the cases it does not handle
 * @throws Error if the engine has no such kernel: its package must be imported first
 */
export function replaceKernel(
  kernelName: string,
  backendName: string,
  create: (original: tf.KernelFunc) => tf.KernelFunc,
): void {
  const original = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (original === undefined) {
    throw new Error(
      `The engine '${backendName}' has no kernel '${kernelName}': import @tensorflow/tfjs-backend-${backendName} ` +
        'before registering kernels for it.',
    );
  }
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...original, kernelFunc: create(original.kernelFunc) });
}
