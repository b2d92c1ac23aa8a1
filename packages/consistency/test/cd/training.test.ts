import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cd, ConsistencyGenerator, ct, ict, type CdOptions } from '@onestep/consistency';
import {
  readGeneratorRecord,
  type DistillationMethod,
  type Method,
  type OpenedGenerator,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { relativeError } from '../../../../test-support/fixtures.js';
import { RandomImages } from '../../../../test-support/given-data.js';
import { describeMethodValue } from '../../../../test-support/method-value.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const network = () =>
  new MlpDenoiser({ imgResolution: 2, imgChannels: 1, labelDim: 3, hidden: 8, sigmaData: 0.5 }, new Rng(1));

/** Every option that computes something more. */
const CONSISTENCY = {
  ...{ targetEmaMode: 'adaptive', scaleMode: 'progressive', startScales: 3, endScales: 20, totalTrainingSteps: 20 },
  ...{ lossNorm: 'l1', weightSchedule: 'karras' },
} as const;
const OPTIONS: Record<string, object> = {
  cd: { ...CONSISTENCY, solver: 'heun' },
  ct: CONSISTENCY,
  ict: { startScales: 2, endScales: 8, totalTrainingSteps: 6, c: 0.1 },
};

function start(method: Method, options: object = {}): DistillationMethod {
  const shared = { batch: 4, lr: 0.05, emaMu: 0.5, warmup: 2, clipGradNorm: 1 };
  return method.create({
    teacher: network(),
    data: new RandomImages(network(), 4),
    options: { ...shared, ...OPTIONS[method.name], ...options },
  });
}

async function steps(run: DistillationMethod, from: number, to: number) {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await run.step(i * run.batchSize));
  return stats;
}

function images({ generator }: DistillationMethod): Float32Array {
  return tf.tidy(() => {
    const { shape, data } = generator.sampleLatents(new Rng(5), 4);
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], 'int32'), 3) as tf.Tensor2D;
    return generator.generate(tf.tensor(data, shape), labels).dataSync().slice() as Float32Array;
  });
}

describe.each([cd, ct, ict].map((method) => [method.name, method as Method] as const))('%s', (_, method) => {
  it('resumes bit by bit, target included, and is the same in micro-batches', async () => {
    const whole = start(method);
    const expected = await steps(whole, 0, 4);
    const first = start(method);
    await steps(first, 0, 2);
    const second = start(method);
    const { tensors, values } = await first.state();
    await second.restore({ tensors, values: JSON.parse(JSON.stringify(values)) as typeof values });
    expect(await steps(second, 2, 4)).toEqual(expected.slice(2));
    expect(images(second)).toEqual(images(whole));

    const split = start(method, { batchGpu: 2 });
    await steps(split, 0, 4);
    expect(relativeError(images(split), images(whole))).toBeLessThan(1e-4);
  });

  it('writes a generator with its boundary, which is opened as what it is', async () => {
    const run = start(method, { sigmaMin: 0.01 });
    const { metadata } = await run.snapshot();
    const record = readGeneratorRecord(metadata).generator as OpenedGenerator['record'];
    expect(record).toEqual({ initSigma: 80, boundary: 0.01, method: method.name });
    const opened = method.openGenerator!({ network: network(), record, tensors: {} }) as ConsistencyGenerator;
    expect(opened).toBeInstanceOf(ConsistencyGenerator);
    expect(opened.boundary).toBe(0.01);
  });

  it('refuses to start without images, and noise levels in the wrong order', () => {
    expect(() => method.create({ teacher: network() })).toThrow('learns from real images: pass `data`');
    expect(() => start(method, { sigmaMin: 90 })).toThrow('sigmaMin must be below initSigma, which is 80');
    expect(() => start(method, { startScales: 30 })).toThrow('endScales must be at least startScales');
  });
});

describe('the target of CD', () => {
  it('is the student itself at a decay of 0, and follows it at another', async () => {
    const own = start(cd, { targetEmaMode: 'fixed', startEma: 0 });
    expect(Object.keys((await own.state()).tensors).filter((name) => name.startsWith('copies.'))).toEqual([]);
    const apart = start(cd, { targetEmaMode: 'fixed', startEma: 0.75, warmup: 0 });
    const before = (await apart.state()).tensors;
    await steps(apart, 0, 1);
    const after = (await apart.state()).tensors;
    for (const name of Object.keys(after).filter((each) => each.startsWith('copies.target.'))) {
      const student = after[name.replace('copies.target.', 'G.')]!.data as Float32Array;
      const expected = (before[name]!.data as Float32Array).map((value, i) => 0.75 * value + 0.25 * student[i]!);
      expect(relativeError(after[name]!.data as Float32Array, expected), name).toBeLessThan(1e-6);
    }
  });

  it('with an adaptive decay needs a number of noise levels that grows', () => {
    expect(() => cd.settle({ targetEmaMode: 'adaptive' })).toThrow('give scaleMode progressive with it');
  });
});

describe('the loss of CD', () => {
  const lossOf = async (options: Partial<CdOptions>, perceptual?: (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor1D) => {
    const data = new RandomImages(network(), 4);
    const run = cd.create({ teacher: network(), data, perceptual, options: { batch: 4, startScales: 4, ...options } });
    return Number((await steps(run, 0, 1))[0]!['Loss/loss']);
  };

  it('with l2 is the mean square, and with weights is larger by them', async () => {
    const meanSquare = (a: tf.Tensor4D, b: tf.Tensor4D) =>
      tf.mean(tf.squaredDifference(a, b), [1, 2, 3]) as tf.Tensor1D;
    const l2 = await lossOf({ lossNorm: 'l2' });
    expect(await lossOf({ lossNorm: meanSquare })).toBe(l2);
    const [snr, plus, karras] = [
      await lossOf({ weightSchedule: 'snr' }),
      await lossOf({ weightSchedule: 'snr+1' }),
      await lossOf({ weightSchedule: 'karras' }),
    ];
    expect((plus - snr) / l2).toBeCloseTo(1, 3);
    expect((karras - snr) / l2).toBeCloseTo(4, 3);
  });

  it('shows lpips images of 224 pixels, and needs its network', async () => {
    const sides: number[] = [];
    const perceptual = (a: tf.Tensor4D, b: tf.Tensor4D) => {
      sides.push(a.shape[1], b.shape[2]);
      return tf.mean(tf.squaredDifference(a, b), [1, 2, 3]) as tf.Tensor1D;
    };
    expect(Number.isFinite(await lossOf({ lossNorm: 'lpips' }, perceptual))).toBe(true);
    expect(sides).toEqual([224, 224]);
    const data = new RandomImages(network(), 4);
    expect(() => cd.create({ teacher: network(), data, options: { batch: 4, lossNorm: 'lpips' } })).toThrow(
      'pass `perceptual`',
    );
  });
});

describeMethodValue(cd);
describeMethodValue(ct);
describeMethodValue(ict);
