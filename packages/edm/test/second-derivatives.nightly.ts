import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StateDict } from '@onestep/checkpoint';
import { perImage } from '@onestep/diffusion-core';
import { jvp } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { fixtureNetwork } from '../../../parity/fixture-network.js';
import { readFixture } from '../../../parity/fixture-file.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { derivativeErrors } from '../../../test-support/derivatives.js';
import {
  FIXTURES,
  hasFixtures,
  imagesFrom,
  relativeError,
  toFileOrder,
  withPrefix,
} from '../../../test-support/fixtures.js';
import { PreconditionedNetwork, type PartialNetworkSettings } from '../src/index.js';

beforeAll(startTestBackend);

const small = { modelChannels: 8, channelMult: [1, 2], numBlocks: 1, attnResolutions: [4], dropout: 0 };
const NETWORKS: Record<string, PartialNetworkSettings> = {
  'DDPM++': { imgResolution: 8, imgChannels: 2, model: { modelType: 'SongUNet', ...small } },
  'NCSN++': {
    imgResolution: 8,
    imgChannels: 2,
    model: {
      modelType: 'SongUNet',
      ...small,
      encoderType: 'residual',
      resampleFilter: [1, 3, 3, 1],
      embeddingType: 'fourier',
      channelMultNoise: 2,
    },
  },
  // Blocks of fewer than 64 channels have no attention.
  ADM: { imgResolution: 8, imgChannels: 2, model: { modelType: 'DhariwalUNet', ...small, channelMult: [1, 8] } },
};

/** A network whose weights are far from zero everywhere. */
function drawNetwork(settings: PartialNetworkSettings, rng: Rng): PreconditionedNetwork {
  const network = new PreconditionedNetwork(settings, rng);
  for (const { variable } of network.parameters()) {
    const fanIn = Math.max(variable.size / variable.shape.at(-1)!, 4);
    const values = rng.normal(variable.size).map((v) => v / Math.sqrt(fanIn) + (variable.rank === 1 ? 0.3 : 0));
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  return network;
}

describe.each(Object.keys(NETWORKS))('%s with the scalings of EDM', (name) => {
  it('has the right Jacobian-vector and Hessian-vector products in x, sigma and the weights', async () => {
    const rng = new Rng(3);
    const network = drawNetwork(NETWORKS[name]!, rng);
    const parameters = network.parameters();
    const normal = (shape: number[]) => tf.tensor(rng.normal(tf.util.sizeFromShape(shape)), shape);
    /** The denoiser with given weights in place of its own. */
    const denoise = (x: tf.Tensor, sigma: tf.Tensor, ...weights: tf.Tensor[]) => {
      const own = parameters.map((parameter) => parameter.variable);
      const replace = (variables: tf.Tensor[]) =>
        parameters.forEach((parameter, i) => Object.assign(parameter, { variable: variables[i]! }));
      replace(weights);
      try {
        return network.denoise(x as tf.Tensor4D, sigma as tf.Tensor1D, {});
      } finally {
        replace(own);
      }
    };
    const x = normal([2, 8, 8, 2]);
    const sigma = tf.tensor1d([0.4, 1.5]);
    const inputs = [x, sigma, ...parameters.map(({ variable }) => tf.clone(variable as tf.Tensor))];
    const scales = [0.3, 0.1, ...parameters.map(() => 0.02)];
    const directions = inputs.map(({ shape }, i) => tf.mul(normal(shape), scales[i]!));
    const errors = await derivativeErrors(denoise as (...inputs: tf.Tensor[]) => tf.Tensor, inputs, directions, normal);
    expect(errors.jvp).toBeLessThan(2e-3);
    expect(errors.gradient).toBeLessThan(1e-4);
    expect(errors.hessian).toBeLessThan(5e-3);
    network.dispose();
    tf.dispose([inputs, directions]);
  });
});

const withoutLogVariance = (tensors: StateDict): StateDict =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.includes('logvar')));

describe.runIf(hasFixtures)('sCM of the published implementation', () => {
  it.each(['scm-training', 'scm-distillation'])('%s: F and its Jacobian-vector product', async (name) => {
    const { tensors, metadata } = await readFixture(`${FIXTURES}training-consistency/${name}.safetensors`);
    // The row that makes the log-variance is not part of the network.
    const network = await fixtureNetwork(metadata, withPrefix(withoutLogVariance(tensors), 'teacher.'));
    const SIGMA_DATA = 0.5;
    /** F of TrigFlow: sigma_d F = (cos t x - D(x / cos t; sigma_d tan t)) / sin t. */
    const F = (x: tf.Tensor4D, t: tf.Tensor1D) => {
      const [cos, sin] = [perImage(tf.cos(t)), perImage(tf.sin(t))];
      const denoised = network.denoise(tf.div(x, cos), tf.mul(SIGMA_DATA, tf.tan(t)), {});
      return tf.div(tf.sub(tf.mul(cos, x), denoised), tf.mul(sin, SIGMA_DATA)) as tf.Tensor4D;
    };
    const t = tf.tensor1d(Float32Array.from(tensors['iter0.t_hat']!.data as Float64Array));
    const rate = tf.mul(tf.cos(t), tf.sin(t));
    const tangents = [tf.mul(perImage(rate), imagesFrom(tensors['iter0.dxt_dt']!)), rate];
    const { value, tangent } = jvp(F, [imagesFrom(tensors['iter0.x_t_hat']!), t], tangents);
    const error = async (actual: tf.Tensor4D, key: string) =>
      relativeError(await toFileOrder(actual), tensors[key]!.data as Float32Array);
    expect(await error(value, 'iter0.F_theta')).toBeLessThan(1e-4);
    expect(await error(tangent, 'iter0.F_theta_jvp')).toBeLessThan(1e-4);
    network.dispose();
  });
});
