import * as tf from '@tensorflow/tfjs-core';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { DiscriminatorNetwork, discriminatorSettings } from '@onestep/stylegan2';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { imagesFrom, matrixFrom, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { compareGradients, STYLEGAN2_TOLERANCES } from './stylegan2-comparisons.js';

interface Case {
  kwargs: Record<string, unknown>;
}

/** StyleGAN2's discriminator: logits, gradients, the R1 penalty and its gradients (second derivatives). */
export const stylegan2Discriminators: Check = {
  name: 'stylegan2-discriminators',
  recognizes: ({ metadata }) => metadata.cases !== undefined && metadata.r1_gamma !== undefined,
  async compare(file) {
    const cases = Object.entries(JSON.parse(file.metadata.cases!) as Record<string, Case>);
    const comparisons: Comparison[] = [];
    for (const [name, { kwargs }] of cases) {
      const tensors = withPrefix(file.tensors, `${name}.`);
      for (const comparison of await compareCase({ ...file, tensors }, kwargs)) {
        comparisons.push({ ...comparison, quantity: `${name}: ${comparison.quantity}` });
      }
    }
    return comparisons;
  },
};

async function compareCase(file: FixtureFile, kwargs: Record<string, unknown>): Promise<Comparison[]> {
  const { output: tolerance, tensorGradient } = STYLEGAN2_TOLERANCES;
  const network = new DiscriminatorNetwork(discriminatorSettings(kwargs), null);
  network.loadStateDict(withPrefix(file.tensors, 'param.'));
  const { c } = file.tensors;
  const labels = c === undefined || c.shape[1] === 0 ? undefined : matrixFrom(c);
  const x = new Parameter(imagesFrom(tensorOf(file, 'x')));
  const images = x.variable as tf.Tensor as tf.Tensor4D;
  const cotangent = matrixFrom(tensorOf(file, 'cotangent'));
  const gamma = Number(file.metadata.r1_gamma);
  const named = network.namedParameters();
  const parameters = [x, ...named.values()];
  const first = lossAndGrads(() => {
    const logits = network.discriminate(images, labels);
    return { loss: tf.sum(tf.mul(logits, cotangent)) as tf.Scalar, aux: { logits } };
  }, parameters);
  const second = lossAndGrads(() => {
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(network.discriminate(x as tf.Tensor4D, labels)))(images);
    const penalty = tf.sum(tf.square(gradient), [1, 2, 3]);
    return { loss: tf.mul(tf.mean(penalty), gamma / 2) as tf.Scalar, aux: { gradient, penalty } };
  }, parameters);

  const error = (actual: ArrayLike<number>, name: string) =>
    relativeError(actual, tensorOf(file, name).data as Float32Array);
  const comparisons = [
    { quantity: 'logits', error: error((await first.aux.logits.data()) as Float32Array, 'logits'), tolerance },
    {
      quantity: 'R1 penalty',
      error: error((await second.aux.penalty.data()) as Float32Array, 'r1_penalty'),
      tolerance,
    },
    ...(await Promise.all(
      (
        [
          ['gradient of x', first.grads[0], 'grad.x'],
          ['gradient of the sum of logits', second.aux.gradient, 'r1_image_grad'],
          ['R1 gradient of x', second.grads[0], 'r1_grad.x'],
        ] as const
      ).map(async ([quantity, grad, name]) => ({
        quantity,
        error: error(await toFileOrder(grad as tf.Tensor4D), name),
        tolerance: tensorGradient,
      })),
    )),
    ...(await compareGradients('gradient', named, first.grads.slice(1), withPrefix(file.tensors, 'grad.'))),
    ...(await compareGradients('R1 gradient', named, second.grads.slice(1), withPrefix(file.tensors, 'r1_grad.'))),
  ];
  network.dispose();
  x.dispose();
  tf.dispose([labels ?? [], cotangent, first, second] as unknown as tf.TensorContainer);
  return comparisons;
}
