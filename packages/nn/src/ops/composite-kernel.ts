import * as tf from '@tensorflow/tfjs-core';

/** An operation written with other tfjs operations. */
export type PlainKernel = (inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) => tf.Tensor;

/**
 * Runs the kernel `name` of the current engine. An engine that has none is given the plain composition under that
 * name first, so that the tape knows the operation by name and finds its registered gradient on every engine alike
 * (unlike `tf.customGrad`, whose gradients are computed even for inputs that nobody differentiates).
 */
export function runCompositeKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attrs: tf.NamedAttrMap,
  plain: PlainKernel,
): tf.Tensor {
  const backendName = tf.getBackend();
  if (tf.getKernel(name, backendName) === undefined) {
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: (args) => tf.tidy(() => plain(args.inputs as tf.NamedTensorMap, args.attrs ?? {})),
    });
  }
  return tf.engine().runKernel(name, inputs, attrs);
}
