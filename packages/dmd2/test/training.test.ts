import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { GaussianDenoiser, needsOf } from '@onestep/diffusion-core';
import { dmd2, fDistill, type Dmd2Options } from '@onestep/dmd2';
import { relativeError } from '../../../test-support/fixtures.js';
import { changedParts, CountedImages, iterate, runDmd2, runFDistill, sameDraws } from './support.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** The form of FastGen, for small networks. */
const FASTGEN = {
  ...dmd2.presets['fastgen-cifar10-cond']!.options,
  maps: 1,
  emaMu: null,
} satisfies Partial<Dmd2Options>;
const { batch: _, lr: __, glr: ___, ...FORM } = FASTGEN;

describe('the official form', () => {
  it('trains the fake score network and the heads always, and the student in every k-th iteration', async () => {
    const run = runDmd2({ dfakeGenUpdateRatio: 2 });
    const states = [await run.state()];
    for (let i = 0; i < 3; i++) {
      await iterate(run, i, i + 1);
      states.push(await run.state());
    }
    const others = ['fake_score', 'fake_score_optimizer', 'modules.head', 'module_optimizers.head'];
    // The averaged weights have no half-life to speak of, so they follow the student's.
    const student = ['G', 'G_ema', 'g_optimizer'];
    const changed = (i: number) => [...changedParts(states[i]!, states[i + 1]!)].sort();
    expect(changed(0)).toEqual([...others, ...student].sort());
    expect(changed(1).filter((part) => part !== 'G_ema')).toEqual([...others].sort());
    expect(changed(2)).toEqual([...others, ...student].sort());
  });

  it('moves nothing in its first iteration of a warm-up, which the rates reach at its end', async () => {
    const run = runDmd2({ warmupStep: 2, dfakeGenUpdateRatio: 1, weightDecay: 0 });
    const first = await run.state();
    await iterate(run, 0, 1);
    const second = await run.state();
    expect([...changedParts(first, second)].sort()).toEqual([
      'fake_score_optimizer',
      'g_optimizer',
      'module_optimizers.head',
    ]);
    await iterate(run, 1, 2);
    expect(changedParts(second, await run.state())).toContain('G');
  });
});

describe("FastGen's form", () => {
  it('trains either the student or the others, and never the encoder of the teacher or for the heads', async () => {
    const run = runDmd2({ ...FORM, dfakeGenUpdateRatio: 2 });
    const first = await run.state();
    await iterate(run, 0, 1);
    const second = await run.state();
    expect([...changedParts(first, second)].sort()).toEqual(
      ['fake_score', 'fake_score_optimizer', 'modules.head', 'module_optimizers.head'].sort(),
    );
    await iterate(run, 1, 2);
    expect([...changedParts(second, await run.state())].sort()).toEqual(['G', 'G_ema', 'g_optimizer']);
  });
});

describe('LADD, the score term without weight', () => {
  it('leaves the fake score network alone, and trains the student by the discriminator', async () => {
    const run = runDmd2({ ...FORM, score: 0, weightDecay: 0, exclusiveTurns: false, dfakeGenUpdateRatio: 1 });
    const before = await run.state();
    const [stats] = await iterate(run, 0, 1);
    const changed = changedParts(before, await run.state());
    expect(changed).toContain('G');
    expect(changed).toContain('modules.head');
    expect(changed).not.toContain('fake_score');
    expect(Object.keys(stats!)).not.toContain('loss_dm');
    expect(stats!.gen_cls_loss).toBeGreaterThan(0);
  });
});

describe('the adversarial term', () => {
  it('moves the student also where the logit is far from 0, unlike that of SiDA', async () => {
    const run = runDmd2({ ...FORM, score: 0 });
    const { tensors, values } = await run.state();
    const bias = 'modules.head.discriminator_heads.0.3.bias';
    await run.restore({ tensors: { ...tensors, [bias]: { shape: [1], data: Float32Array.of(-20) } }, values });
    const draws = sameDraws(Float32Array.of(0.1, 0.5, 1, 5));
    const real = { batch: await new CountedImages().next() };
    const uploaded = run.uploads.upload('generator', draws.generator, { imagesSeen: 0, iteration: 0 }, { real });
    const { grads, loss } = run.gradients('generator', uploaded);
    // Far below 0, softplus(-logit) is -logit.
    expect((await loss.data())[0]! / 1e-3).toBeGreaterThan(10);
    const norm = Math.sqrt(grads.reduce((sum, grad) => sum + tf.sum(tf.square(grad)).dataSync()[0]!, 0));
    expect(norm).toBeGreaterThan(1e-6);
  });

  it('takes no gradient from the R1 penalty without a weight, and the squared difference of two logits with one', async () => {
    const [without] = await iterate(runDmd2({ ...FORM }), 0, 1);
    expect(without!.gan_r1_loss).toBeUndefined();
    const small = await iterate(runDmd2({ ...FORM, ganR1RegWeight: 1, ganR1RegAlpha: 0.01 }), 0, 1);
    const large = await iterate(runDmd2({ ...FORM, ganR1RegWeight: 1, ganR1RegAlpha: 0.02 }), 0, 1);
    // For small perturbations the difference is proportional to them.
    expect(large[0]!.gan_r1_loss! / small[0]!.gan_r1_loss!).toBeCloseTo(4, 0);
  });
});

describe('f-distill', () => {
  it('with h = 1, the reverse KL divergence, is DMD2 exactly', async () => {
    const draws = sameDraws(Float32Array.of(0.1, 0.5, 20, 60));
    const real = { batch: await new CountedImages().next() };
    const gradients = (run: ReturnType<typeof runDmd2> | ReturnType<typeof runFDistill>) => {
      const uploaded = run.uploads.upload('generator', draws.generator, { imagesSeen: 0, iteration: 0 }, { real });
      return run.gradients('generator', uploaded).grads.flatMap((grad) => Array.from(grad.dataSync()));
    };
    // After an iteration the scores differ, so that both terms have a gradient.
    const own = { ...FORM, dfakeGenUpdateRatio: 2 };
    const { shareNoise: _, ...shared } = own;
    const runs = [
      runDmd2(own),
      runFDistill({ ...shared, fDiv: 'rkl' }),
      runFDistill({ ...shared, fDiv: 'kl' }),
    ] as const;
    for (const run of runs) await run.stepWith(0, draws);
    const [dmd, rkl, kl] = runs.map(gradients);
    expect(dmd!.some((value) => value !== 0)).toBe(true);
    expect(rkl).toEqual(dmd);
    expect(kl).not.toEqual(dmd);
  });

  it('keeps its mean ratios in the training state, and moves those of the noise levels that it met', async () => {
    const run = runFDistill({ ...dmd2Free(), fDiv: 'js', ratioEmaRate: 0.5, dfakeGenUpdateRatio: 1 });
    // Bins of 8: the first, the third and the last.
    await run.stepWith(0, sameDraws(Float32Array.of(0.1, 1, 20, 79)));
    const bins = Array.from((await run.state()).tensors['modules.ratio.bins']!.data as Float32Array);
    expect(bins.map((value) => value !== 1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => [0, 2, 9].includes(i)));
  });

  /** The form of FastGen without what f-distill fixes. */
  function dmd2Free() {
    const { shareNoise: _, ...rest } = FORM;
    return { ...rest, exclusiveTurns: false };
  }
});

describe.each([
  ['DMD2', (options: object) => runDmd2({ dfakeGenUpdateRatio: 2, ...options })],
  ['f-distill', (options: object) => runFDistill({ maps: 1, dfakeGenUpdateRatio: 2, ...options })],
])('a run of %s', (name, create) => {
  it('has the same gradients and statistics in micro-batches as at once', async () => {
    const first = async (batchGpu: number) => {
      const run = create({ batchGpu, beta1: 0, gBeta1: 0, clipGradNorm: null });
      const stats = await iterate(run, 0, 2);
      const { tensors } = await run.state();
      return { stats: Object.assign({}, ...stats) as Record<string, number>, tensors };
    };
    const whole = await first(4);
    for (const batchGpu of [1, 2]) {
      const split = await first(batchGpu);
      for (const [key, { data }] of Object.entries(whole.tensors)) {
        if (!/exp_avg\.|ratio\.bins/.test(key)) continue;
        expect(relativeError(split.tensors[key]!.data as Float32Array, data as Float32Array), key).toBeLessThan(1e-3);
      }
      for (const [key, value] of Object.entries(whole.stats)) {
        expect(Math.abs(split.stats[key]! - value), key).toBeLessThan(1e-4 * (1 + Math.abs(value)));
      }
    }
    expect(Object.keys(whole.tensors).includes('modules.ratio.bins')).toBe(name === 'f-distill');
  });

  it.each([1, 2])('resumes exactly after %i iterations', async (interrupted) => {
    const options = { batchGpu: 2 };
    const whole = create(options);
    await iterate(whole, 0, interrupted);
    const { tensors, values } = await whole.state();
    const copy = JSON.parse(JSON.stringify(values)) as typeof values;
    const later = await iterate(whole, interrupted, interrupted + 3);
    const resumed = create({ ...options, seed: 99 });
    await resumed.restore({ tensors, values: copy });
    expect(await iterate(resumed, interrupted, interrupted + 3)).toEqual(later);
    expect(await resumed.state()).toEqual(await whole.state());
  });
});

it('keeps no tensors from step to step', async () => {
  const run = runFDistill({ maps: 1, batchGpu: 2, dfakeGenUpdateRatio: 2 });
  await iterate(run, 0, 2);
  const after = tf.memory().numTensors;
  await iterate(run, 2, 4);
  expect(tf.memory().numTensors).toBe(after);
});

describe('needs', () => {
  it('are real images, unless there is no discriminator', async () => {
    expect(needsOf(dmd2)).toEqual(['images']);
    expect(needsOf(dmd2, dmd2.settle({ gan: 0 }))).toEqual([]);
    expect(needsOf(dmd2, dmd2.settle({ gan: 0, fakeLabels: 'real' }))).toEqual(['images']);
    expect(needsOf(fDistill)).toEqual(['images']);
    expect(() => runDmd2({}, { data: undefined })).toThrow('The method dmd2 learns from real images too: pass `data`.');
    const [stats] = await iterate(runDmd2({ gan: 0 }, { data: undefined }), 0, 1);
    expect(Object.keys(stats!)).not.toContain('gen_cls_loss');
  });

  it('are said where the networks have nothing for a discriminator to read', () => {
    const teacher = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: 0, std: 1 });
    expect(() => runDmd2({}, { teacher })).toThrow('set gan to 0 for no discriminator');
    expect(() => runDmd2({ maps: 2 })).toThrow('maps must be at most 1, not 2: the encoder has third.');
  });

  it('exclude options that contradict each other', () => {
    expect(() => dmd2.settle({ gan: 0, score: 0 })).toThrow('nothing to learn from');
    expect(() => dmd2.settle({ minStep: 30, maxStep: 20 })).toThrow('minStep 30 is above maxStep 20');
    expect(() => dmd2.settle({ diffusionGan: false, shareNoise: true })).toThrow('set shareNoise to false');
    expect(() => fDistill.settle({ gan: 0 })).toThrow('gan must be a number above 0');
    expect(() => fDistill.settle({ ratioLower: 30 })).toThrow('ratioLower 30 is above ratioUpper 20');
  });
});
