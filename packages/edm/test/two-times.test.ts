import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { flowVelocity, isVelocityNetwork, type EndTime } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import {
  completeNetworkSettings,
  loadNetwork,
  networkCost,
  PreconditionedNetwork,
  publishedPickle,
  saveNetwork,
  type PartialNetworkSettings,
} from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';

beforeAll(startTestBackend);

const SHAPE = { imgResolution: 4, imgChannels: 1, labelDim: 2 };
const SETTINGS: PartialNetworkSettings = {
  ...SHAPE,
  model: { modelType: 'SongUNet', modelChannels: 8, channelMult: [1], numBlocks: 1, augmentDim: 3 },
};

/** A network whose branches are open, as after training. */
function network(settings = SETTINGS): PreconditionedNetwork {
  const made = new PreconditionedNetwork(settings, new Rng(1));
  const rng = new Rng(7);
  for (const parameter of made.parameters()) {
    const { fileShape, variable } = parameter;
    parameter.upload({ shape: fileShape, data: rng.normal(variable.size).map((value) => 0.3 * value) });
  }
  return made;
}

const N = 3;
const inputs = () => ({
  z: tf.tensor4d(new Rng(3).normal(16 * N), [N, 4, 4, 1]),
  t: tf.tensor1d([0.2, 0.6, 0.97]),
  r: tf.tensor1d([0.1, 0.6, 0]),
  conditions: {
    labels: tf.tensor2d([
      [1, 0],
      [0, 1],
      [0, 0],
    ]),
  },
});

describe('a network of two times, made of one of one time', () => {
  it('has the velocity of that network at first, and is its denoiser', () => {
    const before = network();
    const after = before.withEndTime({ endTime: 't-r', rng: null });
    const { z, t, r, conditions } = inputs();
    const velocity = flowVelocity((x, sigma) => before.denoise(x, sigma, conditions), z, t);
    expect(relativeError(after.averageVelocity(z, t, r, conditions).dataSync(), velocity.dataSync())).toBeLessThan(
      1e-6,
    );
    expect(
      relativeError(after.denoise(z, t, conditions).dataSync(), before.denoise(z, t, conditions).dataSync()),
    ).toBeLessThan(1e-6);
  });

  it('is told from one of one time, and made by networks of one kind only', () => {
    const before = network();
    expect(isVelocityNetwork(before)).toBe(false);
    expect(isVelocityNetwork(before.withEndTime({ endTime: 'r', rng: null }))).toBe(true);
    const adm = new PreconditionedNetwork(
      { ...SHAPE, model: { modelType: 'DhariwalUNet', modelChannels: 32, channelMult: [1] } },
      null,
    );
    expect(() => adm.withEndTime({ endTime: 'r', rng: null })).toThrow('Networks of two times are DDPM++ or NCSN++');
    expect(() =>
      completeNetworkSettings({ ...SHAPE, model: { modelType: 'DhariwalUNet', endTime: 'r' } as never }),
    ).toThrow('DhariwalUNet has no setting endTime');
  });
});

describe.each<EndTime>(['r', 't-r'])('a network of the second time %s', (endTime) => {
  const made = () => network(network().withEndTime({ endTime, rng: new Rng(2) }).settings);

  it('depends on both times', () => {
    const { z, t, r, conditions } = inputs();
    const of = made();
    const u = of.averageVelocity(z, t, r, conditions).dataSync();
    expect(relativeError(of.averageVelocity(z, t, tf.mul(r, 0.5), conditions).dataSync(), u)).toBeGreaterThan(1e-4);
    expect(relativeError(of.averageVelocity(z, tf.mul(t, 1.02), r, conditions).dataSync(), u)).toBeGreaterThan(1e-4);
  });

  it('as a denoiser follows its velocity at r = t: D = z - t u', () => {
    const { z, t, conditions } = inputs();
    const of = made();
    const scale = tf.reshape(tf.sub(1, t), [-1, 1, 1, 1]);
    const denoised = of.denoise(tf.div(z, scale), tf.div(t, tf.sub(1, t)) as tf.Tensor1D, conditions);
    const moved = tf.sub(z, tf.mul(of.averageVelocity(z, t, t, conditions), tf.reshape(t, [-1, 1, 1, 1])));
    expect(relativeError(denoised.dataSync(), moved.dataSync())).toBeLessThan(1e-5);
  });

  it('has a file, a cost and copies as other networks, and no .pkl', async () => {
    const of = made();
    const { z, t, r, conditions } = inputs();
    const u = of.averageVelocity(z, t, r, conditions).dataSync();
    const loaded = loadNetwork(await saveNetwork(of));
    expect(loaded.settings).toEqual(of.settings);
    expect(loaded.averageVelocity(z, t, r, conditions).dataSync()).toEqual(u);
    expect(of.clone().averageVelocity(z, t, r, conditions).dataSync()).toEqual(u);
    expect(networkCost(of.settings).parameters).toBe(of.parameterCount());
    const contents = await saveNetwork(of);
    expect(() => publishedPickle(contents, 'a.pkl')).toThrow('a.pkl: its network has two times or no preconditioning');
  });
});
