import * as tf from '@tensorflow/tfjs-core';
import { lossAndGrads, Parameter, toFileLayout } from '@onestep/nn';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { networkInFile } from '../fixture-network.js';
import { formulaNetwork, hasFormulaWeights } from '../formula-weights.js';
import { imagesFrom, matrixFrom, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';

/**
 * A forward and backward pass of a preconditioned UNet: its output, and the gradients of the input and all parameters. A
 * file may leave out formula weights, and then some of the gradients as well.
 */
export const networks: Check = {
  name: 'networks',
  recognizes: ({ tensors, metadata }) =>
    metadata.kwargs !== undefined && ['x', 'sigma', 'y', 'cotangent'].every((name) => name in tensors),
  compare: compareNetwork,
};

async function compareNetwork(file: FixtureFile): Promise<Comparison[]> {
  const isCompact = hasFormulaWeights(file);
  const network = isCompact ? formulaNetwork(file) : await networkInFile(file);
  const { tensors } = file;
  const rows = (name: string) => tensors[name] && matrixFrom(tensors[name]);
  const x = new Parameter(imagesFrom(tensors.x!));
  const sigma = tf.tensor1d(tensors.sigma!.data as Float32Array);
  const cotangent = imagesFrom(tensors.cotangent!);
  const conditions = { labels: rows('class_labels'), augmentLabels: rows('augment_labels') };
  const named = network.namedParameters();
  const stated = Object.keys(withPrefix(tensors, 'grad.')).filter((name) => name !== 'x');
  for (const name of stated) if (!named.has(name)) throw new Error(`The network has no parameter ${name}.`);
  const { loss, grads, aux } = lossAndGrads(() => {
    const y = network.denoise(x.variable as tf.Tensor as tf.Tensor4D, sigma, conditions);
    return { loss: tf.sum(tf.mul(y, cotangent)) as tf.Scalar, aux: { y } };
  }, [x, ...named.values()]);

  const error = (actual: Float32Array, name: string) =>
    relativeError(actual, tensorOf(file, name).data as Float32Array);
  const comparisons: Comparison[] = [
    { quantity: 'output', error: error(await toFileOrder(aux.y as tf.Tensor4D), 'y'), tolerance: TOLERANCES.output },
    {
      quantity: 'gradient of x',
      error: error(await toFileOrder(grads[0] as tf.Tensor4D), 'grad.x'),
      tolerance: TOLERANCES.gradient,
    },
  ];
  for (const [i, [name, { layout }]] of [...named].entries()) {
    if (isCompact && !(`grad.${name}` in tensors)) continue;
    const grad = grads[i + 1]!;
    const inFileLayout = toFileLayout((await grad.data()) as Float32Array, grad.shape, layout);
    comparisons.push({
      quantity: `gradient of ${name}`,
      error: error(inFileLayout, `grad.${name}`),
      tolerance: TOLERANCES.gradient,
      group: 'gradients',
    });
  }
  network.dispose();
  x.dispose();
  tf.dispose([sigma, cotangent, conditions.labels ?? [], conditions.augmentLabels ?? [], loss, grads, aux]);
  return comparisons;
}
