import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  SCORE_OPTIONS,
  ScoreDistillation,
  type Rows,
  type ScoreOptions,
  type ScoreStep,
} from '@onestep/score-distillation';
import { settleOptions, type TaskState } from '@onestep/diffusion-core';
import type { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import {
  adversarialStep,
  classesOf,
  CountedImages,
  distill,
  Head,
  iterate,
  measure,
  OPTIONS,
  PIXELS,
  steadyStep,
  teacher,
} from './adversarial-step.js';

beforeAll(startTestBackend);

/** Numbers of every tensor of a state whose name starts with a prefix. */
const numbers = ({ tensors }: TaskState, prefix: string) =>
  Object.entries(tensors)
    .filter(([name]) => name.startsWith(prefix))
    .flatMap(([, { data }]) => Array.from(data as Float32Array));

/** The largest change of tensors between two states. */
const change = (before: TaskState, after: TaskState, prefix: string) => {
  const old = numbers(before, prefix);
  return Math.max(...numbers(after, prefix).map((value, i) => Math.abs(value - old[i]!)));
};

describe('real images and a discriminator', () => {
  it('reach the loss in [-1, 1] with their labels', async () => {
    const [stats] = await iterate(distill(adversarialStep), 0, 1);
    const { images } = await new CountedImages(4).next();
    const expected = images.reduce((sum, byte) => sum + byte / 127.5 - 1, 0);
    expect(stats!.real).toBeCloseTo(expected, 4);
    // The classes go round: 0, 1, 2, 0.
    expect(stats!.classes).toBe(3);
  });

  it('train it with its own optimizer in the phase that it belongs to', async () => {
    const run = distill(adversarialStep);
    const before = await run.state();
    await iterate(run, 0, 1);
    const after = await run.state();
    // Adam's first step without momentum is as long as the learning rate.
    expect(change(before, after, 'modules.head')).toBeCloseTo(1e-2, 5);
    expect(change(before, after, 'fake_score.')).toBeCloseTo(1e-3, 6);
  });

  it('shrink it by weight decay, but not the weights that the loss does not read', async () => {
    const withDecay = (weightDecay: number): ScoreStep<ScoreOptions> => ({
      ...steadyStep,
      modules: (networks, rng, options) => {
        const { head, ...others } = adversarialStep.modules!(networks, rng, options);
        const decaying = { ...head!, adam: { ...head!.adam, weightDecay } };
        return { ...others, head: decaying, unread: { ...decaying, module: new Head(rng) } };
      },
    });
    // Two micro-batches.
    const runs = [0, 20].map((weightDecay) => distill(withDecay(weightDecay), { batchGpu: 2 }));
    const [, before] = await Promise.all(runs.map((run) => run.state()));
    for (const run of runs) await iterate(run, 0, 1);
    const [plain, after] = (await Promise.all(runs.map((run) => run.state()))) as [TaskState, TaskState];
    expect(change(before!, after, 'modules.unread')).toBe(0);
    const start = numbers(before!, 'modules.head');
    const without = numbers(plain, 'modules.head');
    numbers(after, 'modules.head').forEach((value, i) => {
      expect(value).toBeCloseTo(without[i]! - 1e-2 * 20 * start[i]!, 5);
    });
  });

  it('are asked for before anything is computed', () => {
    expect(() => distill(adversarialStep, {}, null)).toThrow(
      'The method adversarial learns from real images too: pass `data`.',
    );
  });

  it('are refused without labels for a student with classes, and in another size', async () => {
    const unlabeled = Object.assign(new CountedImages(4), {
      next: () => Promise.resolve({ images: new Uint8Array(4 * PIXELS), labels: null, count: 4 }),
    });
    await expect(distill(adversarialStep, {}, unlabeled).step(0)).rejects.toThrow(
      'The student takes labels of 3 numbers, and the real images have no labels.',
    );
    const larger = Object.assign(new CountedImages(4), {
      next: () => Promise.resolve({ images: new Uint8Array(64), labels: new Float32Array(12), count: 4 }),
    });
    await expect(distill(adversarialStep, {}, larger).step(0)).rejects.toThrow(
      'needs 4 real images of 2x2x1 numbers in a batch, and the data have 4 of 16 numbers',
    );
  });
});

describe('turns', () => {
  it('update the networks whose turn it is, and the averaged weights always', async () => {
    const run = distill(adversarialStep);
    const states = [await run.state()];
    const fakeScoreTurns: boolean[] = [];
    for (let i = 0; i < 6; i++) {
      const [stats] = await iterate(run, i, i + 1);
      fakeScoreTurns.push('denoising' in stats!);
      expect('score' in stats!).toBe(!fakeScoreTurns[i]);
      states.push(await run.state());
      const changed = (prefix: string) => change(states[i]!, states[i + 1]!, prefix) > 0;
      for (const part of ['fake_score.', 'fake_score_optimizer.', 'modules.head', 'module_optimizers.head']) {
        expect(changed(part), part).toBe(fakeScoreTurns[i]);
      }
      for (const part of ['G.', 'g_optimizer.', 'modules.ratio']) expect(changed(part), part).toBe(!fakeScoreTurns[i]);
    }
    // Every second iteration is the generator's, after more than 8 images.
    expect(fakeScoreTurns).toEqual([true, true, true, true, false, true]);
    expect(change(states[5]!, states[6]!, 'G_ema.')).toBeGreaterThan(0);
  });

  it('change no draws: both phases are drawn in every iteration', async () => {
    const [inTurns, always] = [distill(adversarialStep), distill(steadyStep)];
    await iterate(inTurns, 0, 3);
    await iterate(always, 0, 3);
    expect((await inTurns.state()).values.random).toEqual((await always.state()).values.random);
  });
});

describe('draws and schedules', () => {
  it('give a loss the further draws of its images', async () => {
    const shapes: Record<string, number[]>[] = [];
    const { generator } = steadyStep;
    const watched: ScoreStep<ScoreOptions>['generator'] = {
      ...generator,
      loss(inputs, ...rest) {
        shapes.push(Object.fromEntries(Object.entries(inputs.draws).map(([name, { shape }]) => [name, shape])));
        return generator.loss(inputs, ...rest);
      },
    };
    await iterate(distill({ ...steadyStep, generator: watched }, { batchGpu: 2 }), 0, 1);
    const each = { ganSigma: [2], ganNoise: [2, 2, 2, 1] };
    expect(shapes).toEqual([each, each]);
  });

  it('give it the numbers of each iteration, also where an engine replays the step', async () => {
    let calls = 0;
    const scheduled: ScoreStep<ScoreOptions>['generator'] = {
      sigmas: (rng, n) => Float32Array.from(rng.uniform(n)),
      schedule: ({ iteration }) => ({ place: iteration, weight: iteration < 8 ? 0 : 1 }),
      loss({ xg, schedule }) {
        calls++;
        return {
          terms: { images: { values: xg, scale: schedule.weight! } },
          measures: measure({ place: schedule.place! }),
        };
      },
      stats: (sums) => sums,
    };
    const run = distill({ ...steadyStep, generator: scheduled });
    const first = await run.state();
    const stats = await iterate(run, 0, 8);
    expect(stats.map(({ place }) => place)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(change(first, await run.state(), 'G.')).toBe(0);
    const compiled = calls;
    const [last] = await iterate(run, 8, 9);
    expect(last!.place).toBe(8);
    // Adam's correction is that of the ninth step.
    const length = 1e-3 * Math.sqrt((1 - 0.999 ** 9) / (1 - 0.999));
    expect(change(first, await run.state(), 'G.')).toBeCloseTo(length, 6);
    if ('replayable' in tf.backend()) expect([compiled < 8, calls]).toEqual([true, compiled]);
  });
});

describe('images of the fake score network', () => {
  /** The student learns first, with long steps; both phases report their images and classes. */
  const step = (fakeScoreImages: 'own' | 'generator'): ScoreStep<ScoreOptions> => ({
    ...steadyStep,
    fakeScoreImages,
    turns: () => ['generator', 'fakeScore'],
    fakeScore: {
      ...steadyStep.fakeScore,
      labels: 'prior',
      loss(inputs, ...rest) {
        const measures = measure({ learned: inputs.images, learnedClasses: classesOf(inputs.labels) });
        return { ...steadyStep.fakeScore.loss(inputs, ...rest), measures };
      },
    },
    generator: {
      ...steadyStep.generator,
      loss(inputs, ...rest) {
        const measures = measure({ judged: inputs.xg, judgedClasses: classesOf(inputs.labels) });
        return { ...steadyStep.generator.loss(inputs, ...rest), measures };
      },
      learningRate: () => 0.1,
    },
  });

  it('are those of the generator from before its update, with their labels', async () => {
    const stats = await iterate(distill(step('generator'), { batch: 16 }, new CountedImages(16)), 0, 4);
    for (const { learned, judged, learnedClasses, judgedClasses } of stats) {
      expect(learned).toBeCloseTo(judged!, 4);
      expect(learnedClasses).toBe(judgedClasses);
    }
  });

  it('are its own otherwise, from fresh latents', async () => {
    const stats = await iterate(distill(step('own'), { batch: 16 }, new CountedImages(16)), 0, 4);
    for (const { learned, judged } of stats) expect(Math.abs(learned! - judged!)).toBeGreaterThan(0.01);
  });
});

describe('the update of a phase', () => {
  it('takes its gradients, its Adam and its learning rate from the step', async () => {
    const run = distill(adversarialStep);
    await iterate(run, 0, 4);
    const before = await run.state();
    await iterate(run, 4, 5);
    const after = await run.state();
    // The first moment with beta1 0.5 is half the gradient, whose entries were bounded by 0.001.
    const moments = numbers(after, 'g_optimizer.exp_avg.').map((value) => Math.abs(value));
    expect(Math.max(...moments)).toBeCloseTo(5e-4, 9);
    expect(moments.some((moment) => moment > 0 && moment < 4.9e-4)).toBe(true);
    // The second moment with beta2 0.9 is a tenth of its square.
    const squares = numbers(after, 'g_optimizer.exp_avg_sq.');
    squares.forEach((square, i) => expect(square).toBeCloseTo(0.1 * (2 * moments[i]!) ** 2, 12));
    // The first step is as long as the learning rate, glr / (1 + imagesSeen).
    expect(change(before, after, 'G.')).toBeCloseTo(OPTIONS.glr! / 17, 7);
  });
});

describe('a buffer of a module', () => {
  it('is state of the method: a loss says what it is next, also where an engine replays the step', async () => {
    const { generator, ...rest } = adversarialStep;
    const reported: ScoreStep<ScoreOptions>['generator'] = {
      ...generator,
      loss(inputs, networks, options) {
        const loss = generator.loss(inputs, networks, options);
        return { ...loss, measures: measure({ average: loss.buffers!['ratio.value']! }) };
      },
    };
    const run = distill({ ...rest, generator: reported, turns: undefined });
    const averages: number[] = [];
    for (let i = 0; i < 8; i++) {
      const [stats] = await iterate(run, i, i + 1);
      const [saved] = numbers(await run.state(), 'modules.ratio.value');
      expect(saved).toBe(stats!.average);
      averages.push(saved!);
    }
    expect(new Set(averages).size).toBe(8);
  });
});

describe('a training state', () => {
  it('of another method is refused, and so is one without the modules of this one', async () => {
    const run = distill(adversarialStep);
    const { tensors, values } = await run.state();
    await expect(run.restore({ tensors, values: { ...values, method: 'sid' } })).rejects.toThrow(
      'This training state was saved by sid, not adversarial: resume a run with the method that trained it.',
    );
    const headless = Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.includes('head')));
    await expect(run.restore({ tensors: headless, values })).rejects.toThrow('has no step');
  });
});

describe('a loss that couples the images of a batch', () => {
  it('sees the numbers of the whole batch, and its own place in it, however the batch is split', async () => {
    const seen = async (batchGpu: number) => {
      const rows: Rows[] = [];
      const ratios: number[][] = [];
      const { generator } = steadyStep;
      const watched: ScoreStep<ScoreOptions>['generator'] = {
        ...generator,
        coupling(inputs, ...rest) {
          const numbers = generator.coupling!(inputs, ...rest);
          ratios.push(Array.from(numbers.ratio!.dataSync()));
          return numbers;
        },
        loss(inputs, ...rest) {
          rows.push(inputs.rows);
          if (inputs.whole !== undefined) ratios.push(Array.from(inputs.whole.ratio!.dataSync()));
          return generator.loss(inputs, ...rest);
        },
      };
      await iterate(distill({ ...steadyStep, generator: watched }, { batchGpu }), 0, 1);
      return { rows, ratios };
    };
    const split = await seen(2);
    expect(split.rows).toEqual([0, 2].map((start) => ({ start, count: 2, batch: 4 })));
    const [first, second, ...whole] = split.ratios;
    expect(whole).toEqual([
      [...first!, ...second!],
      [...first!, ...second!],
    ]);
    // Nothing is computed twice where there is one micro-batch.
    expect(await seen(4)).toEqual({ rows: [{ start: 0, count: 4, batch: 4 }], ratios: [] });
  });

  it('can say what a buffer is next, and nothing else', async () => {
    const { generator } = steadyStep;
    const wrong: ScoreStep<ScoreOptions>['generator'] = {
      ...generator,
      loss: (...args) => ({ ...generator.loss(...args), buffers: { 'head.first.weight': tf.zeros([4, 8]) } }),
    };
    await expect(distill({ ...steadyStep, generator: wrong }).step(0)).rejects.toThrow(
      'returned a value for head.first.weight, which is no buffer',
    );
  });
});

describe('augmentation', () => {
  it('applies to real images too, with draws of its own', async () => {
    const labels: Float32Array[] = [];
    const { fakeScore } = steadyStep;
    const watched: ScoreStep<ScoreOptions>['fakeScore'] = {
      ...fakeScore,
      loss(inputs, ...rest) {
        labels.push(inputs.augmentLabels!.dataSync() as Float32Array);
        labels.push(inputs.real!.augmentLabels!.dataSync() as Float32Array);
        return {
          ...fakeScore.loss({ ...inputs, augmentLabels: undefined }, ...rest),
          measures: measure({ real: inputs.real!.images }),
        };
      },
    };
    // Shifts each image by a number of its own, which is its label.
    const augmentation = {
      labelDim: 1,
      augment({ pixels }: { pixels: Float32Array }, rng: Rng) {
        const shifts = Float32Array.from(rng.uniform(pixels.length / PIXELS));
        for (let i = 0; i < pixels.length; i++) pixels[i]! += shifts[Math.floor(i / PIXELS)]!;
        return shifts;
      },
    };
    const network = Object.assign(teacher(), { augmentDim: 1 });
    const run = new ScoreDistillation(
      { ...steadyStep, fakeScore: watched },
      {
        teacher: teacher(),
        fakeScore: network,
        augmentation,
        data: new CountedImages(4),
        options: settleOptions(SCORE_OPTIONS, { ...OPTIONS, batchGpu: 2 }),
      },
    );
    const [stats] = await iterate(run, 0, 1);
    const all = [0, 1, 2, 3].map((i) => Array.from(labels[i]!));
    expect(new Set(all.flat()).size).toBe(8);
    const { images } = await new CountedImages(4).next();
    const shift = [...all[1]!, ...all[3]!].reduce((sum, value) => sum + PIXELS * value, 0);
    expect(stats!.real).toBeCloseTo(images.reduce((sum, byte) => sum + byte / 127.5 - 1, 0) + shift, 4);
  });
});
