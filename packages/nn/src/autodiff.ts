import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of tfjs-core's operations, which its Node entry point leaves out.
import './generated/tfjs-gradients.js';
import type { Parameter } from './parameter.js';

/** The loss, its gradient with respect to each parameter, and the tensors the loss function gave back beside it. */
export interface LossAndGrads<T extends tf.NamedTensorMap> {
  loss: tf.Scalar;
  /** In the order of the parameters given; zeros where the loss does not depend on one. */
  grads: tf.Tensor[];
  aux: T;
}

/**
 * Evaluates `f` and differentiates its scalar `loss` with respect to `parameters`.
 *
 * @param f builds the loss; what it returns as `aux` (tensors made inside it) is handed through, not differentiated
 * @returns tensors that belong to the caller
 */
export function lossAndGrads<T extends tf.NamedTensorMap>(
  f: () => { loss: tf.Scalar; aux: T },
  parameters: readonly Parameter[],
): LossAndGrads<T> {
  let aux: T | undefined;
  const variables = parameters.map(({ variable }) => variable);
  const { value, grads } = tf.engine().gradients<tf.Scalar>(
    () => {
      const result = f();
      aux = result.aux;
      for (const tensor of Object.values(result.aux)) tf.keep(tensor);
      return result.loss;
    },
    variables,
    undefined,
    true,
  );
  // tfjs leaves out the gradient of a parameter that the loss does not reach.
  const complete = variables.map((variable, i) => (grads[i] as tf.Tensor | null | undefined) ?? tf.zerosLike(variable));
  return { loss: value as tf.Scalar, grads: complete, aux: aux! };
}
