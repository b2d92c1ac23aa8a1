import * as tf from '@tensorflow/tfjs-core';
import { runKernelOr } from './engine-kernel.js';

/**
 * One step of an exponential moving average over all parameters at once: e' = p + beta (e - p). An engine may
 * overwrite variables with their new values; assign the results to them.
 *
 * @param averages the current averages e
 * @param parameters the current values p
 * @param beta decay in [0, 1]
 * @returns the new averages e'
 */
export function emaUpdate(
  averages: readonly tf.Tensor[],
  parameters: readonly tf.Tensor[],
  beta: tf.Scalar,
): tf.Tensor[] {
  return tf.tidy(() => {
    const inputs: tf.NamedTensorMap = { beta };
    averages.forEach((e, i) => (inputs[`e${i}`] = e));
    parameters.forEach((p, i) => (inputs[`p${i}`] = p));
    return runKernelOr('EmaUpdate', inputs, { count: averages.length }, () =>
      averages.map((e, i) => tf.add(parameters[i]!, tf.mul(beta, tf.sub(e, parameters[i]!)))),
    );
  });
}
