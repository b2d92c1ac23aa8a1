import * as tf from '@tensorflow/tfjs-core';

/** The packages of the engines, by their tfjs names. */
const PACKAGES = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  webgpu: '@tensorflow/tfjs-backend-webgpu',
  tensorflow: '@tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu',
};

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
  backendName: keyof typeof PACKAGES,
  create: (original: tf.KernelFunc) => tf.KernelFunc,
): void {
  const original = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (original === undefined) {
    throw new Error(
      `The engine '${backendName}' has no kernel '${kernelName}': import its package (${PACKAGES[backendName]}) ` +
        'before registering kernels for it.',
    );
  }
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...original, kernelFunc: create(original.kernelFunc) });
}
