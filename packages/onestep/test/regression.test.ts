import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  PairsInMemory,
  samplePairs,
  shufflePairs,
  type DistillationMethod,
  type PairSet,
  type RegressionArgs,
  type StepStats,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { METHODS } from '../src/methods.js';

let pairs: PairSet;
beforeAll(async () => {
  await tf.setBackend('cpu');
  const seeds = Array.from({ length: 6 }, (_, i) => i);
  pairs = new PairsInMemory(await samplePairs({ denoiser: teacher(), seeds, options: { steps: 3 } }), teacher());
});

const teacher = () =>
  new MlpDenoiser({ imgResolution: 2, imgChannels: 1, labelDim: 3, hidden: 8, sigmaData: 0.5 }, new Rng(1));
/** One of those with a fake score network, whose loop is the same for all, and one without. */
const LOOPS = METHODS.filter(({ name }) => ['sid', 'boot'].includes(name));

function start(method: (typeof METHODS)[number], regression?: Partial<RegressionArgs>): DistillationMethod {
  const args = regression && { pairs: shufflePairs(pairs, 1), ...regression };
  return method.create({
    teacher: teacher(),
    regression: args,
    options: { batch: 4, glr: 1e-2, emaHalfLifeKimg: 0.01 },
  });
}

async function steps(run: DistillationMethod, from: number, to: number): Promise<StepStats[]> {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await run.step(i * run.batchSize));
  return stats;
}

const weights = async (run: DistillationMethod) =>
  Object.values((await run.snapshot()).tensors).map(({ data }) => [...(data as Float32Array)]);

describe.each(LOOPS.map((method) => [method.name, method] as const))('%s with pairs', (_, method) => {
  it('is itself with the weight 0, and learns the pairs with a large one', async () => {
    const [plain, idle, learning] = [start(method), start(method, { weight: 0 }), start(method, { weight: 1000 })];
    await steps(plain, 0, 3);
    const stats = await steps(idle, 0, 3);
    expect(await weights(idle)).toEqual(await weights(plain));
    const losses = (await steps(learning, 0, 12)).map((each) => each['Regression/loss'] as number);
    expect(losses[0]).toBe(stats[0]!['Regression/loss']);
    expect(Math.min(...losses.slice(-3))).toBeLessThan(0.95 * losses[0]!);
    for (const run of [plain, idle, learning]) run.dispose();
  });

  it('resumes bit by bit', async () => {
    const [whole, first, second] = [1, 2, 3].map(() => start(method, { distance: 'pseudo-huber', weight: 3 })) as [
      DistillationMethod,
      DistillationMethod,
      DistillationMethod,
    ];
    const expected = await steps(whole, 0, 4);
    await steps(first, 0, 2);
    const { tensors, values } = await first.state();
    await second.restore({ tensors, values: JSON.parse(JSON.stringify(values)) as typeof values });
    expect(await steps(second, 2, 4)).toEqual(expected.slice(2));
    expect(await weights(second)).toEqual(await weights(whole));
    // A run without pairs may go on with some, from their beginning.
    const { tensors: plain, values: without } = await start(method).state();
    await second.restore({ tensors: plain, values: without });
    for (const run of [whole, first, second]) run.dispose();
  });

  it('refuses pairs of other images', () => {
    const other = new MlpDenoiser({ imgResolution: 2, imgChannels: 1, hidden: 4, sigmaData: 0.5 });
    const source = Object.assign(shufflePairs(pairs, 0), { labelDim: other.labelDim });
    expect(() => method.create({ teacher: teacher(), regression: { pairs: source } })).toThrow(
      'The pairs are 2x2x1 images of 0 classes, and the teacher makes 2x2x1 images of 3 classes',
    );
    expect(() => start(method, { distance: 'lpips' })).toThrow('pass `perceptual`');
    expect(() => start(method, { weight: NaN })).toThrow('The weight of the regression must be a number');
  });
});
