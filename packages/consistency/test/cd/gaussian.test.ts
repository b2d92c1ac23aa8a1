import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cd,
  cdMove,
  ConsistencyGenerator,
  ct,
  evaluatePair,
  SIGMA_DATA,
  type CdOptions,
  type ConsistencyPair,
  type Move,
} from '@onestep/consistency';
import { GaussianDenoiser, karrasSchedule, perImage, toUint8, type ImageBatchSource } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';
import { relativeError } from '../../../../test-support/fixtures.js';

beforeAll(startTestBackend);

const [MEAN, STD] = [0.2, 0.25];
const BOUNDARY = 0.002;
const SHAPE = { imgResolution: 1, imgChannels: 2 };
const settings = { ...SHAPE, mean: MEAN, std: STD };
const teacher = () => new GaussianDenoiser(settings);

/** The point at noise level `to` on the path through x, which keeps the number of standard deviations from the mean. */
function along(x: tf.Tensor4D, from: tf.Tensor1D, to: tf.Tensor1D | number): tf.Tensor4D {
  const spread = (sigma: tf.Tensor1D | number) => tf.sqrt(tf.add(tf.square(sigma), STD ** 2));
  return tf.add(MEAN, tf.mul(perImage(tf.div(spread(to), spread(from))), tf.sub(x, MEAN)));
}

/** A network whose consistency function is exact: f(x; sigma) is the path's point at the boundary. */
class ExactNetwork extends GaussianDenoiser {
  override denoise(x: tf.Tensor4D, sigma: tf.Tensor1D): tf.Tensor4D {
    const variance = SIGMA_DATA ** 2;
    const skip = tf.div(variance, tf.add(tf.square(tf.sub(sigma, BOUNDARY)), variance));
    const edmSkip = tf.div(variance, tf.add(tf.square(sigma), variance));
    const rest = tf.div(
      tf.sub(along(x, sigma, BOUNDARY), tf.mul(perImage(skip), x)),
      perImage(tf.sub(1, tf.div(BOUNDARY, sigma))),
    );
    return tf.add(tf.mul(perImage(edmSkip), x), rest);
  }
}

/** The pair of an exact student between two noise levels. */
function exactPair([upper, lower]: [number, number], move: Move): ConsistencyPair {
  const student = new ConsistencyGenerator(new ExactNetwork(settings), { initSigma: 80, boundary: BOUNDARY });
  const rng = new Rng(1);
  const tensor = (mean: number, std: number) =>
    tf.tensor4d(
      rng.normal(400).map((n) => mean + std * n),
      [200, 1, 1, 2],
    );
  const levels = tf.tile(tf.tensor2d([[upper, lower]]), [200, 1]);
  const inputs = {
    images: tensor(MEAN, STD),
    noise: tensor(0, 1),
    labels: undefined,
    augmentLabels: undefined,
    draws: { levels },
    schedule: {},
    masks: [],
  };
  return evaluatePair(inputs, { student, target: student }, move);
}

const gapOf = ({ predicted, target }: ConsistencyPair) =>
  Math.sqrt(tf.mean(tf.squaredDifference(predicted, target)).dataSync()[0]!);

const movedBy = (solver: CdOptions['solver']) =>
  cdMove({ labels: undefined, augmentLabels: undefined } as never, { teacher: teacher() }, { solver });

describe('the consistency function of a Gaussian teacher', () => {
  it.each<[number, number]>([
    [80, 57.6],
    [2, 0.5],
    [0.01, 0.003],
  ])('has no consistency loss between %d and %d, if the path is exact', (upper, lower) => {
    expect(gapOf(exactPair([upper, lower], along))).toBeLessThan(upper * 1e-5);
  });

  it.each([
    ['euler', 2],
    ['heun', 3],
  ] as const)('has a loss of the solver’s local error with %s: of order %d in the step', (solver, order) => {
    const [whole, half] = [0.2, 0.1].map((step) => gapOf(exactPair([1, 1 - step], movedBy(solver))));
    expect(Math.log2(whole! / half!)).toBeCloseTo(order, 0);
    expect(whole!).toBeLessThan(0.05);
  });

  it('at the boundary is the identity, whatever the network: the target of the lowest interval is the solver’s point', () => {
    const network = new MlpDenoiser({ ...SHAPE, hidden: 8, sigmaData: SIGMA_DATA }, new Rng(4));
    const target = new ConsistencyGenerator(network, { initSigma: 80, boundary: BOUNDARY });
    const x = tf.tensor4d(new Rng(1).normal(40), [20, 1, 1, 2]);
    const output = target.consistency(x, tf.fill([20], BOUNDARY) as tf.Tensor1D);
    expect(relativeError(output.dataSync(), x.dataSync())).toBeLessThan(1e-6);
  });
});

/** Images from the teacher's distribution, as bytes. */
function gaussianImages(count: number): ImageBatchSource {
  const rng = new Rng(7);
  const next = async () => {
    const pixels = rng.normal(2 * count).map((n) => MEAN + STD * n);
    return { images: toUint8(pixels), labels: null, count };
  };
  return { next, state: () => null, restore: () => undefined };
}

/** The end of the path from x at sigma_max, in steps of a solver along the noise levels. */
function solved(x: tf.Tensor4D, scales: number, initSigma: number, solver: CdOptions['solver']): tf.Tensor4D {
  const levels = karrasSchedule(scales, { sigmaMin: BOUNDARY, sigmaMax: initSigma });
  const move = movedBy(solver);
  const at = (sigma: number) => tf.fill([x.shape[0]], sigma) as tf.Tensor1D;
  return levels.slice(1).reduce((point, to, i) => move(point, at(levels[i]!), at(to)), x);
}

describe.each([
  ['CD with Heun’s method', cd, 'heun'],
  // Of images and noise with the sum x_t, the average noise is what Euler's method follows.
  ['CT', ct, 'euler'],
] as const)('%s on a Gaussian', (_, method, solver) => {
  it('learns the end of the solver’s path', async () => {
    const [startScales, initSigma, batch] = [5, 2.5, 256];
    const network = new MlpDenoiser({ ...SHAPE, hidden: 32, sigmaData: SIGMA_DATA }, new Rng(2));
    const run = method.create({
      teacher: teacher(),
      generator: new ConsistencyGenerator(network, { initSigma, boundary: BOUNDARY }),
      data: gaussianImages(batch),
      options: {
        ...{ batch, initSigma, startScales, scaleMode: 'fixed', targetEmaMode: 'fixed', startEma: 0 },
        ...{ optimizer: 'adam', lr: 3e-3, emaHalfLifeKimg: 10, emaRampUpRatio: 0.5 },
      },
    });
    for (let i = 0; i < 400; i++) await run.step(i * batch);
    const z = tf.tensor4d(new Rng(3).normal(1000), [500, 1, 1, 2]);
    const images = run.generator.generate(z).dataSync();
    const expected = tf.tidy(() => solved(tf.mul(z, initSigma), startScales, initSigma, solver).dataSync());
    expect(relativeError(images, expected)).toBeLessThan(0.08);
    run.dispose();
  });
});
