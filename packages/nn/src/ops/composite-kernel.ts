import * as tf from '@tensorflow/tfjs-core';

/** An operation composed of other tfjs operations. */
export type PlainKernel = (inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) => tf.Tensor;

/**
 * Runs the kernel `name` of the current engine. For an engine without one, the plain composition is
 * registered under this name, so that the gradient registered for the name is used on every engine.
 * (`tf.customGrad` would also compute the gradients of inputs that are not differentiated.)
 */
export function runCompositeKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attrs: tf.NamedAttrMap,
  plain: PlainKernel,
): tf.Tensor {
  const backendName = tf.getBackend();
  if (tf.getKernel(name, backendName) === undefined) {
    const kernelFunc: tf.KernelFunc = (args) =>
      tf.tidy(() => plain(args.inputs as tf.NamedTensorMap, args.attrs ?? {}));
    // It runs operations of the current engine: another engine cannot borrow it, as it can a kernel of its own.
    tf.registerKernel({ kernelName: name, backendName, kernelFunc: Object.assign(kernelFunc, { isComposite: true }) });
  }
  return tf.engine().runKernel(name, inputs, attrs);
}
