import * as tf from '@tensorflow/tfjs-core';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { imagesFrom, matrixFrom, relativeError, toFileOrder } from '../fixture-tensors.js';
import { formulaNetwork, hasFormulaWeights } from '../formula-weights.js';

/** A network of full size with formula weights: the number of parameters, and a forward pass. */
export const networksFull: Check = {
  name: 'networks-full',
  isLarge: true,
  recognizes: (file) =>
    hasFormulaWeights(file) &&
    ['x', 'sigma', 'y'].every((name) => name in file.tensors) &&
    !('cotangent' in file.tensors),
  compare: compareFullNetwork,
};

async function compareFullNetwork(file: FixtureFile): Promise<Comparison[]> {
  const network = formulaNetwork(file);
  const labels = file.tensors.class_labels;
  const y = tf.tidy(() =>
    network.denoise(imagesFrom(tensorOf(file, 'x')), tf.tensor1d(tensorOf(file, 'sigma').data as Float32Array), {
      labels: labels && matrixFrom(labels),
    }),
  );
  const output = relativeError(await toFileOrder(y), tensorOf(file, 'y').data as Float32Array);
  const parameters = network.parameterCount();
  const stated = Number(file.metadata.parameters ?? parameters);
  y.dispose();
  network.dispose();
  return [
    { quantity: `${parameters} parameters`, error: Math.abs(parameters / stated - 1), tolerance: 0 },
    { quantity: 'output', error: output, tolerance: TOLERANCES.output },
  ];
}
