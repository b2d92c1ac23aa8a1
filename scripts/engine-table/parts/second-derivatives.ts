import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { derivativeErrors } from '../../../test-support/derivatives.js';
import { OPERATIONS, type Operation } from '../../../packages/nn/test/support/operations.js';
import type { Difference, Item, Part } from '../part.js';

/** Rounding of float32 in differences of values near 1, over steps of 0.02, times some tens of operations. */
const NUMERIC = 2e-3;
/** Rounding alone. */
const ROUNDING = 2e-5;

/** Gradients of gradients. */
export const secondDerivatives: Part = {
  name: 'second derivatives',
  about:
    'Jacobian-vector and Hessian-vector products of every differentiable operation that the project uses, against central ' +
    'differences; gradients against the former',
  unit: 'operation',
  items: () => Promise.resolve(Object.entries(OPERATIONS).map(([name, operations]) => operationItem(name, operations))),
};

function operationItem(name: string, operations: Operation | Operation[]): Item {
  const run = async () => {
    const differences: Difference[] = [];
    for (const [i, { inputs, f }] of [operations].flat().entries()) {
      const rng = new Rng(i, name);
      const draw = (shape: number[]) => rng.normal(tf.util.sizeFromShape(shape));
      const points = inputs.map((input) => tf.tensor(input.draw(rng, tf.util.sizeFromShape(input.shape)), input.shape));
      const directions = inputs.map(({ shape }) => tf.tensor(draw(shape).map(Math.tanh), shape));
      const errors = await derivativeErrors(f, points, directions, (shape) => tf.tensor(draw(shape), shape));
      tf.dispose([points, directions]);
      differences.push(
        { quantity: `Jacobian-vector product ${i + 1}`, error: errors.jvp, tolerance: NUMERIC },
        { quantity: `gradient ${i + 1}`, error: errors.gradient, tolerance: ROUNDING },
        { quantity: `Hessian-vector product ${i + 1}`, error: errors.hessian, tolerance: NUMERIC },
      );
    }
    return differences;
  };
  return { name, run };
}
