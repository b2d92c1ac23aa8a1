import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';
import { adversarialStep, distill, iterate, teacher, steadyStep } from './adversarial-step.js';

beforeAll(startTestBackend);

describe('a method that uses every slot of a ScoreStep', () => {
  // 5 iterations are past the gate of the generator's turn, 7 past that of the discriminator's weight.
  it.each([
    [2, 4],
    [5, 4],
    [7, 4],
    [5, 2],
  ])('resumes exactly after %i iterations, in micro-batches of %i', async (interrupted, batchGpu) => {
    const several = { batchGpu, emaHalfLifeKimg: [0.1, 0.02], emaRel: 0.1 };
    const whole = distill(adversarialStep, several);
    await iterate(whole, 0, interrupted);
    const { tensors, values } = await whole.state();
    const copy = JSON.parse(JSON.stringify(values)) as typeof values;
    const later = await iterate(whole, interrupted, interrupted + 6);

    const resumed = distill(adversarialStep, { ...several, seed: 99 });
    await resumed.restore({ tensors, values: copy });
    expect(await iterate(resumed, interrupted, interrupted + 6)).toEqual(later);
    expect(await resumed.state()).toEqual(await whole.state());
  });

  it('saves its modules, their optimizers and its position in the real images', async () => {
    const run = distill(adversarialStep);
    await iterate(run, 0, 3);
    const { tensors, values } = await run.state();
    expect(Object.keys(tensors)).toEqual(
      expect.arrayContaining([
        'modules.head.first.weight',
        'modules.ratio.value',
        'module_optimizers.head.exp_avg.last.bias',
        'module_optimizers.head.step',
        'module_optimizers.ratio.step',
      ]),
    );
    expect(values).toMatchObject({ method: 'adversarial', data: { position: 12 } });
  });

  it('has the same gradients and statistics in micro-batches as at once', async () => {
    // Without momentum and clipping, so that the first moments are the gradients.
    const plain = { ...steadyStep.generator, adam: () => ({ beta1: 0 }), clip: undefined };
    const first = async (batchGpu: number) => {
      const run = distill({ ...steadyStep, generator: plain }, { batchGpu });
      const [stats] = await iterate(run, 0, 1);
      const { tensors } = await run.state();
      const gradients = Object.entries(tensors).filter(([name]) => /exp_avg\./.test(name));
      return { stats: stats!, gradients: gradients.map(([name, { data }]) => [name, data as Float32Array] as const) };
    };
    const whole = await first(4);
    expect(whole.gradients.some(([name]) => name.startsWith('module_optimizers.head'))).toBe(true);
    for (const [, gradient] of whole.gradients) expect(gradient.some((value) => value !== 0)).toBe(true);
    for (const batchGpu of [1, 2]) {
      const split = await first(batchGpu);
      for (const [i, [name, gradient]] of split.gradients.entries()) {
        expect(relativeError(gradient, whole.gradients[i]![1]), name).toBeLessThan(1e-4);
      }
      for (const [name, value] of Object.entries(split.stats)) {
        expect(Math.abs(value - whole.stats[name]!), name).toBeLessThan(1e-5 * (1 + Math.abs(value)));
      }
    }
  });

  it('keeps no tensors from step to step, and none after it is disposed of', async () => {
    const before = tf.memory().numTensors;
    const run = distill(adversarialStep, { batchGpu: 2 });
    await iterate(run, 0, 6);
    const after = tf.memory().numTensors;
    await iterate(run, 6, 10);
    expect(tf.memory().numTensors).toBe(after);
    run.dispose();
    // The teacher stays the caller's.
    expect(tf.memory().numTensors).toBe(before + teacher().module.parameters().length);
  });
});
