import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  chooseScale,
  generateImages,
  guidanceRangeOf,
  readGeneratorRecord,
  type DistillationMethod,
  type ImageBatchSource,
  type Method,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { METHODS } from 'onestep';

beforeAll(async () => void (await tf.setBackend('cpu')));

const BATCH = 4;
const network = (seed: number) =>
  new MlpDenoiser({ imgResolution: 1, imgChannels: 2, labelDim: 2, hidden: 8, sigmaData: 0.5 }, new Rng(seed));
const data: ImageBatchSource = {
  next: async () => ({
    images: Uint8Array.from(new Rng(1).integers(2 * BATCH, 256)),
    labels: Float32Array.from([1, 0, 0, 1, 1, 0, 0, 1]),
    count: BATCH,
  }),
  state: () => null,
  restore: () => undefined,
};

function create(method: Method, guidance: Record<string, unknown>, weaker?: MlpDenoiser): DistillationMethod {
  const path = Object.hasOwn(method.options, 'useCd') ? { useCd: true } : {};
  const preset = method.presets.toy?.options ?? {};
  return method.create({
    ...{ teacher: network(2), weaker, data },
    options: { ...preset, ...path, batch: BATCH, ...guidance } as never,
  });
}

async function expectFinite(task: DistillationMethod): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const stats = await task.step(i * BATCH);
    const values = Object.values(stats).map((value) => (typeof value === 'number' ? value : value.mean));
    // A loss of a moment that has no part in this step, such as that of a stage, is NaN.
    expect(values.filter(Number.isFinite).length).toBeGreaterThan(0);
    expect(stats.NaN_samples ?? 0).toBe(0);
  }
}

const guided = METHODS.filter(({ options }) => Object.hasOwn(options, 'guidance')) as readonly Method[];

describe('every method with guidance', () => {
  it('is one that asks its teacher', () => {
    const others = METHODS.filter((method) => !guided.includes(method as Method)) as readonly Method[];
    expect(others.map(({ name }) => name).sort()).toEqual(['ct', 'ict', 'kd', 'tcm']);
    for (const { noGuidance } of others) expect(noGuidance).toMatch(/\.$/);
    for (const method of others) expect(() => create(method, {}, network(3))).toThrow('in a method without guidance');
  });

  it.each(guided.map((method) => [method.name, method] as const))(
    '%s trains a student that takes the scale',
    async (_, method) => {
      const task = create(method, { guidance: [1, 4] });
      await expectFinite(task);
      const { tensors, metadata } = await task.snapshot();
      expect(readGeneratorRecord(metadata).generator).toMatchObject({ guidance: [1, 4] });
      expect(tensors['guidance.weight']!.shape).toEqual([8, 2]);
      // SiDA's student rests at first.
      const hasLearned = (tensors['guidance.weight']!.data as Float32Array).some((value) => value !== 0);
      expect(hasLearned).toBe(method.name !== 'sida');
      expect(guidanceRangeOf(task.generator)).toEqual([1, 4]);
      const at = (scale: number) => generateImages({ generator: chooseScale(task.generator, scale), seeds: [0, 1] });
      if (hasLearned) expect(await at(1)).not.toEqual(await at(4));
      expect(await at(2.5)).toEqual(await at(2.5));
      expect(() => chooseScale(task.generator, 5)).toThrow(RangeError);
      task.dispose();
      const fixed = create(method, { guidance: 2, guidanceInterval: [0.1, 5], guidanceLimit: 'clip' }, network(3));
      await expectFinite(fixed);
      expect(readGeneratorRecord((await fixed.snapshot()).metadata).generator).toMatchObject({ guidance: 2 });
      fixed.dispose();
    },
  );
});
