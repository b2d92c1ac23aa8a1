import * as tf from '@tensorflow/tfjs-core';
import type { Parameter } from '../parameter.js';
import { onOwnTape } from './own-tape.js';
import { replaceGradients } from './register.js';

/** A loss, its gradients, and further tensors of the loss function. */
export interface LossAndGrads<T extends tf.NamedTensorMap> {
  loss: tf.Scalar;
  /** One per parameter, in their order; zeros if the loss does not depend on it. */
  grads: tf.Tensor[];
  /**
   * Whether the parameter has no gradient, because nothing that the loss is computed from reads it: one per parameter. PyTorch's
   * optimizers leave such parameters as they are; see {@link Adam.update}.
   */
  absent: boolean[];
  /** The tensors that the loss function returned as `aux`. */
  aux: T;
}

/**
 * Evaluates `f` and differentiates its scalar `loss` with respect to `parameters`.
 *
 * @param f computes the loss; the tensors that it returns as `aux` are passed on and not differentiated
 * @param parameters read by `f`
 * @returns tensors that belong to the caller
 */
export function lossAndGrads<T extends tf.NamedTensorMap>(
  f: () => { loss: tf.Scalar; aux: T },
  parameters: readonly Parameter[],
): LossAndGrads<T> {
  let aux: T | undefined;
  replaceGradients();
  const variables = parameters.map(({ variable }) => variable);
  const forward = () => {
    const result = f();
    aux = result.aux;
    for (const tensor of Object.values(result.aux)) tf.keep(tensor);
    return result.loss;
  };
  const { value, grads } = onOwnTape(() => tf.engine().gradients<tf.Scalar>(forward, variables, undefined, true));
  // tfjs has no gradient for a parameter that the loss does not depend on.
  const absent = variables.map((_, i) => ((grads[i] as tf.Tensor | null | undefined) ?? null) === null);
  const complete = variables.map((variable, i) => (absent[i] ? tf.zerosLike(variable) : grads[i]!));
  return { loss: value as tf.Scalar, grads: complete, absent, aux: aux! };
}
