import * as tf from '@tensorflow/tfjs-core';
import { Adam, attention, groupNorm, lossAndGrads, Module, Parameter, updateEma } from '@onestep/nn';

/** Operations whose dispatches are counted. Each creates its variables and returns a function that runs on them. */
export const OPERATIONS: Record<string, () => () => void> = {
  'GroupNorm + SiLU, forward': () => {
    const [x, gamma, beta] = groupNormInputs();
    return () => void applyGroupNorm(x.variable, gamma.variable, beta.variable);
  },
  'GroupNorm + SiLU, forward and backward': () => {
    const inputs = groupNormInputs();
    return () => differentiate(() => applyGroupNorm(...variables(inputs)), inputs);
  },
  'attention, forward': () => {
    const [q, k, v] = attentionInputs();
    return () => void applyAttention(q.variable, k.variable, v.variable);
  },
  'attention, forward and backward': () => {
    const inputs = attentionInputs();
    return () => differentiate(() => applyAttention(...variables(inputs)), inputs);
  },
  'Adam and EMA of 10 parameters': () => {
    const [model, average] = [new Ten(), new Ten()];
    const adam = new Adam(model.namedParameters());
    const grads = model.parameters().map(({ variable }) => tf.keep(tf.ones(variable.shape)));
    return () => {
      adam.step(grads, 1e-3);
      updateEma(average, model, 0.9);
    };
  },
};

type Three = [Parameter, Parameter, Parameter];

class Ten extends Module {
  constructor() {
    super();
    for (let i = 0; i < 10; i++) Object.assign(this, { [`p${i}`]: new Parameter(tf.ones([7, i + 1])) });
  }
}

const groupNormInputs = (): Three => [[2, 4, 4, 16], [16], [16]].map((shape) => ramp(shape)) as Three;
const attentionInputs = (): Three => [1, 2, 3].map(() => ramp([2, 16, 8])) as Three;

function ramp(shape: number[]): Parameter {
  const size = tf.util.sizeFromShape(shape);
  return new Parameter(
    tf.tensor(
      Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
      shape,
    ),
  );
}

const variables = ([a, b, c]: Three): [tf.Tensor, tf.Tensor, tf.Tensor] => [a.variable, b.variable, c.variable];

function applyGroupNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const attrs = { groups: 4, epsilon: 1e-5, silu: true };
  return groupNorm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D, attrs);
}

function applyAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor {
  return attention(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D);
}

/** Computes gradients of the sum of `f`. The sum itself takes two dispatches, with and without the fused kernels. */
function differentiate(f: () => tf.Tensor, inputs: Three): void {
  lossAndGrads(() => ({ loss: tf.sum(f()) as tf.Scalar, aux: {} }), inputs);
}
