import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { Rng } from '@onestep/random';
import { lossAndGrads, Parameter } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { centralDifference } from '../../../test-support/derivatives.js';

beforeAll(startTestBackend);

const CHANNELS = 4;
type Image = tf.Tensor4D;

/** Shapes of the weights of {@link discriminate}. */
const SHAPES = [
  [1, 1, 3, CHANNELS],
  [3, 3, CHANNELS, CHANNELS],
  [3, 3, CHANNELS, 2 * CHANNELS],
  [1, 1, CHANNELS, 2 * CHANNELS],
  [3, 3, 2 * CHANNELS + 1, 2 * CHANNELS],
  [4 * 4 * 2 * CHANNELS, 1],
];

/** Leaky ReLU; its gain is that of StyleGAN2. */
const leakyRelu = (x: tf.Tensor) => tf.mul(tf.leakyRelu(x, 0.2), Math.SQRT2);

/** Blurs each channel with [1, 3, 3, 1] in both directions, padding with zeros. */
function blur(x: Image, before: number, after: number): Image {
  const row = tf.tensor1d([1 / 8, 3 / 8, 3 / 8, 1 / 8]);
  const filter = tf.tile(tf.reshape(tf.outerProduct(row, row), [4, 4, 1, 1]), [1, 1, x.shape[3], 1]) as Image;
  const padded = tf.pad(x, [[0, 0], [before, after], [before, after], [0, 0]]); // prettier-ignore
  return tf.depthwiseConv2d(padded as Image, filter, 1, 'valid');
}

/** A channel with the standard deviation over the images, averaged over channels and pixels. */
function appendDeviation(x: Image): Image {
  const variance = tf.mean(tf.square(tf.sub(x, tf.mean(x, 0, true))), 0);
  const deviation = tf.mean(tf.sqrt(tf.add(variance, 1e-8)));
  return tf.concat([x, tf.mul(deviation, tf.ones([x.shape[0], x.shape[1], x.shape[2], 1]))], 3) as Image;
}

/** The residual discriminator of StyleGAN2 (Karras et al. 2020) for images of 8 x 8. */
function discriminate(x: Image, weights: readonly tf.Tensor[], activate: typeof leakyRelu): tf.Tensor {
  const [fromRgb, conv0, conv1, skip, last, dense] = weights as [Image, Image, Image, Image, Image, tf.Tensor2D];
  const h = activate(tf.conv2d(x, fromRgb, 1, 'valid')) as Image;
  const y = activate(tf.conv2d(h, conv0, 1, 'same')) as Image;
  const down = activate(tf.conv2d(blur(y, 2, 2), conv1, 2, 'valid'));
  const shortcut = tf.conv2d(blur(h, 1, 1), skip, 2, 'valid');
  const block = tf.mul(tf.add(down, shortcut), Math.SQRT1_2) as Image;
  const features = activate(tf.conv2d(appendDeviation(block), last, 1, 'same'));
  return tf.matMul(tf.reshape(features, [x.shape[0], -1]), dense);
}

/** R1 = ||grad_x sum D(x)||^2 / 2 (Mescheder et al. 2018). */
function penalty(x: Image, weights: readonly tf.Tensor[], activate: typeof leakyRelu): tf.Scalar {
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(discriminate(x as Image, weights, activate)))(x);
  return tf.div(tf.sum(tf.square(gradient)), 2);
}

it("the gradient of StyleGAN2's R1 penalty with respect to every weight agrees with differences", async () => {
  const rng = new Rng(1);
  const normal = (shape: number[], scale = 1) =>
    tf.mul(tf.tensor(rng.normal(tf.util.sizeFromShape(shape)), shape), scale);
  const x = normal([4, 8, 8, 3]) as Image;
  const weights = SHAPES.map((shape) => normal(shape, 1 / Math.sqrt(tf.util.sizeFromShape(shape.slice(0, -1)))));
  const parameters = weights.map((weight) => new Parameter(tf.clone(weight)));
  const { grads } = lossAndGrads(() => {
    const variables = parameters.map(({ variable }) => variable as tf.Tensor);
    return { loss: penalty(x, variables, leakyRelu), aux: {} };
  }, parameters);

  // R1 jumps where an activation changes its sign, as some do in any step. The derivative is that of the function with the
  // slopes that the activations have here, which is smooth.
  const slopes: tf.Tensor[] = [];
  discriminate(x, weights, (h) => {
    slopes.push(tf.mul(tf.where(tf.greater(h, 0), tf.onesLike(h), tf.fill(h.shape, 0.2)), Math.SQRT2));
    return leakyRelu(h);
  });
  const frozenPenalty = (weights: tf.Tensor[]) => {
    let count = 0;
    return penalty(x, weights, (h) => tf.mul(h, slopes[count++]!));
  };
  for (const [i, weight] of weights.entries()) {
    const direction = normal(weight.shape, 1 / Math.sqrt(weight.size));
    const error = tf.tidy(() => {
      const at = ([w]: tf.Tensor[]) => [frozenPenalty(weights.with(i, w!))];
      const slope = tf.sum(tf.mul(grads[i]!, direction));
      const size = tf.mul(tf.norm(grads[i]!), tf.norm(direction));
      return tf.div(tf.abs(tf.sub(slope, centralDifference(at, [weight], [direction])[0]!)), size);
    });
    expect((await error.data())[0], `weight ${i}`).toBeLessThan(1e-3);
  }
});
