import * as tf from '@tensorflow/tfjs-core';

/** Inputs of a kernel by name. */
type Inputs<K extends string> = Record<K, tf.Tensor4D>;

/**
 * Registers the gradient of a kernel that tfjs runs in gradients, where tfjs has none: it makes second derivatives
 * possible. They have to be composed of differentiable operations for third ones.
 *
 * @param kernelName of tfjs
 * @param names of the kernel's inputs
 * @param gradients of each input, from the gradient of the output
 */
export function registerSecondDerivative<K extends string, A>(
  kernelName: string,
  names: readonly K[],
  gradients: (dOut: tf.Tensor4D, inputs: Inputs<K>, attrs: A) => Record<K, () => tf.Tensor>,
): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: [...names],
    gradFunc: (dOut, saved, attrs) => {
      const inputs = Object.fromEntries(names.map((name, i) => [name, saved[i]!])) as Inputs<K>;
      return gradients(dOut as tf.Tensor4D, inputs, attrs as A);
    },
  });
}

/** Runs a kernel for which tfjs-core exports no operation. */
export function runKernel(name: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);
}
