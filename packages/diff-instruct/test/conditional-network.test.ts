import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffInstruct, type DiffInstructOptions } from '@onestep/diff-instruct';
import { logNormalSigmas } from '@onestep/diffusion-core';
import { AugmentPipe, loadNetwork, TRAINING_AUGMENTATION } from '@onestep/edm';
import { MaskRng, Rng } from '@onestep/random';
import type { PhaseDraws } from '@onestep/score-distillation';
import { startTestBackend } from '../../../test-support/backend.js';
import { conditionalNetwork } from '../../../test-support/conditional-network.js';
import { relativeError } from '../../../test-support/fixtures.js';

beforeAll(startTestBackend);

/** A small class-conditional network with dropout. */
function network(augmentDim = 0) {
  const made = conditionalNetwork({ dropout: 0.3, augmentDim });
  // Untrained, these are next to nothing, and so would be what dropout does.
  for (const [name, { variable }] of made.namedParameters()) {
    if (/(conv1|aux_conv)\.weight/.test(name)) tf.tidy(() => variable.assign(tf.mul(variable, 1e5)));
  }
  return made;
}

const OPTIONS = { batch: 4, lr: 1e-3, glr: 1e-3 };
const method = (options: Partial<DiffInstructOptions> = {}) =>
  diffInstruct.create({ teacher: network(), options: { ...OPTIONS, ...options } });

const augmentedMethod = (options: Partial<DiffInstructOptions> = {}) => {
  const augmentation = new AugmentPipe({ ...TRAINING_AUGMENTATION, p: 0.5 });
  const teacher = network(augmentation.labelDim);
  return diffInstruct.create({ teacher, augmentation, options: { ...OPTIONS, ...options } });
};

/** Four images' draws of the generator's step. */
function draws(masks: [number, number]): PhaseDraws {
  const rng = new Rng(3);
  return {
    z: rng.normal(256),
    noise: rng.normal(256),
    sigma: logNormalSigmas(rng.normal(4)),
    classes: Int32Array.of(0, 2, 1, 0),
    masks: new MaskRng(masks),
    further: {},
  };
}

describe('Diff-Instruct of a class-conditional network with dropout', () => {
  it('compares both networks under the same dropout masks', async () => {
    const di = method({ glr: 1e-3 });
    const compare = async (masks: [number, number]) => {
      const uploads = di.uploads.upload('generator', draws(masks), { imagesSeen: 0, iteration: 0 });
      const { loss, aux } = di.gradients('generator', uploads);
      // The loss's one term comes before the diagnostics.
      return { loss: (await loss.data())[0], diagnostics: (await aux.sums.data()).slice(1) };
    };
    const [a, b] = [await compare([1, 2]), await compare([1, 3])];
    // The networks have the same weights still: with the same masks there is nothing between them.
    expect([a.loss, a.diagnostics[0]]).toEqual([0, 0]);
    expect([b.loss, b.diagnostics[0]]).toEqual([0, 0]);
    // And there are masks: other ones give other images.
    expect(a.diagnostics[1]).not.toBe(b.diagnostics[1]);
  });

  it('has the same gradients in micro-batches as at once: labels, masks and augmentation included', async () => {
    const gradients = async (make: typeof method, batchGpu: number) => {
      const split = make({ batchGpu });
      await split.step(0);
      return Object.entries((await split.state()).tensors).filter(([name]) =>
        /optimizer.*(conv|affine|map)/.test(name),
      );
    };
    for (const make of [method, augmentedMethod]) {
      const whole = await gradients(make, 4);
      expect(whole.length).toBeGreaterThan(20);
      for (const [i, [name, { data }]] of (await gradients(make, 1)).entries()) {
        expect(relativeError(data as Float32Array, whole[i]![1].data as Float32Array), name).toBeLessThan(1e-4);
      }
    }
  });

  it('resumes exactly from its state, random streams of the augmentation included', async () => {
    for (const make of [method, augmentedMethod]) {
      const whole = make();
      await whole.step(0);
      const { tensors, values } = await whole.state();
      const expected = await whole.step(4);
      const resumed = make();
      await resumed.restore({ tensors, values: JSON.parse(JSON.stringify(values)) as Record<string, unknown> });
      expect(await resumed.step(4)).toEqual(expected);
      expect(await resumed.state()).toEqual(await whole.state());
    }
  });

  it('trains the fake score network on augmentation labels', async () => {
    const di = augmentedMethod();
    const before = (await di.fakeScore.module.stateDict())['model.map_augment.weight']!.data.slice();
    await di.step(0);
    const after = (await di.fakeScore.module.stateDict())['model.map_augment.weight']!.data;
    expect(after.some((value, i) => value !== before[i])).toBe(true);
    const augmentation = new AugmentPipe({ ...TRAINING_AUGMENTATION, hue: 1 });
    expect(() => diffInstruct.create({ teacher: network(9), augmentation })).toThrow(
      'labels of length 11, and the network takes 9',
    );
  });

  it('gives a snapshot that the network package reads, and that says where it comes from', async () => {
    const di = method();
    await di.step(0);
    const { tensors, metadata } = await di.snapshot();
    expect(JSON.parse(metadata.onestep!).generator).toEqual({ method: 'diff-instruct', initSigma: 1 });
    expect(await loadNetwork({ tensors, metadata }).stateDict()).toEqual(tensors);
  });
});
