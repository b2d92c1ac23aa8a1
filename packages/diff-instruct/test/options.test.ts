import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffInstruct, type DiffInstructOptions, DIFF_INSTRUCT_OPTIONS } from '@onestep/diff-instruct';
import { defaultsOf, GaussianDenoiser, GaussianMixtureDenoiser } from '@onestep/diffusion-core';

beforeAll(async () => void (await tf.setBackend('cpu')));

const teacher = () => new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: 0.4, std: 0.5 });
const method = (options: Partial<DiffInstructOptions>) =>
  diffInstruct.create({ teacher: teacher(), options: { batch: 10, lr: 1e-2, glr: 1e-2, ...options } });

/** The student's mean, trained and averaged. */
async function means({ student, generator }: ReturnType<typeof method>): Promise<[number, number]> {
  const of = async ({ module }: typeof student) => Number((await module.stateDict()).mean!.data[0]);
  return [await of(student), await of(generator)];
}

describe('options of Diff-Instruct', () => {
  it('are the published ones, but for those that do not train', () => {
    expect(diffInstruct.settle({})).toEqual(defaultsOf(DIFF_INSTRUCT_OPTIONS));
    expect(diffInstruct.settle({ batch: undefined, initSigma: undefined })).toEqual(defaultsOf(DIFF_INSTRUCT_OPTIONS));
    expect(diffInstruct.settle({})).toMatchObject({ batch: 512, ls: 1, sgls: 1, initSigma: 1, gBeta1: 0 });
  });

  it('that cannot be are named', () => {
    expect(() => method({ initSigma: 0 })).toThrow('initSigma must be a number above 0, not 0');
    expect(() => method({ lrWarmupKimg: -1 })).toThrow('lrWarmupKimg must be a number above 0');
    expect(() => method({ emaMu: 1 })).toThrow('emaMu must be a number above 0 and below 1, or several');
    expect(() => method({ clipGradNorm: 0 })).toThrow('clipGradNorm must be a number above 0');
    expect(() => method({ lr: 0 })).toThrow('lr must be a number above 0');
    expect(() => method({ batchGpu: 3 })).toThrow('A batch of 10 images cannot be split into micro-batches of 3');
  });

  it('emaMu is the decay of every step, whatever the batch', async () => {
    const di = method({ emaMu: 0.75 });
    let average = (await means(di))[1];
    for (let i = 0; i < 3; i++) {
      await di.step(10 * i);
      const [mean, averaged] = await means(di);
      average = 0.75 * average + 0.25 * mean;
      expect(averaged).toBeCloseTo(average, 6);
    }
  });

  it('lrWarmupKimg makes both learning rates grow from 0', async () => {
    const [plain, warm] = [method({}), method({ lrWarmupKimg: 0.02 })];
    const [start] = await means(plain);
    await warm.step(0);
    expect((await means(warm))[0]).toBe(start);
    // After 10 of 20 images the rate is half: Adam's first steps are as long as the rate.
    const change = async (di: ReturnType<typeof method>) => {
      const [before] = await means(di);
      await di.step(10);
      return (await means(di))[0] - before;
    };
    const half = await change(method({ lrWarmupKimg: 0.02 }));
    expect(half).toBeCloseTo((await change(plain)) / 2, 6);
  });

  it('clipGradNorm bounds what one batch can do to the second moments', async () => {
    const [free, clipped] = [method({}), method({ clipGradNorm: 1e-3 })];
    const norm = async (di: ReturnType<typeof method>) => {
      await di.step(0);
      const { tensors } = await di.state();
      // The first moment without momentum is the gradient.
      const moments = Object.entries(tensors).filter(([name]) => name.startsWith('g_optimizer.exp_avg.'));
      return Math.hypot(...moments.flatMap(([, { data }]) => Array.from(data as Float32Array)));
    };
    expect(await norm(free)).toBeGreaterThan(2e-3);
    expect(await norm(clipped)).toBeCloseTo(1e-3, 5);
  });

  it('a teacher without weights needs a student and a fake score network of its own', () => {
    const mixture = new GaussianMixtureDenoiser({ imgResolution: 1, imgChannels: 2, means: [[0, 1]], std: 1 });
    expect(() => diffInstruct.create({ teacher: mixture })).toThrow('pass your own `fakeScore`');
  });

  it('networks for other images than the teacher are refused', () => {
    const fakeScore = new GaussianDenoiser({ imgResolution: 4, imgChannels: 1, mean: 0, std: 1 });
    expect(() => diffInstruct.create({ teacher: teacher(), fakeScore })).toThrow(
      'fake score network makes 4x4x1 images of 0 classes, and the teacher makes 2x2x1 images of 0 classes',
    );
  });
});
