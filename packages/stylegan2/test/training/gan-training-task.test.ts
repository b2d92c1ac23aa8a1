import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '@onestep/backends';
import { LabelPrior, takePart } from '@onestep/diffusion-core';
import type { RngState } from '@onestep/random';
import type { GanDraws } from '@onestep/stylegan2';
import { relativeError } from '../../../../test-support/fixtures.js';
import { GanTrainingDraws } from '../../src/training/gan-draws.js';
import { settleGanOptions } from '../../src/training/gan-training-options.js';
import { iterate, noiseBatches, tinyGan } from './tiny-gan.js';

// Plain JavaScript is the fastest for such networks; on other engines the nightly tests train, and the fixtures.
beforeAll(async () => void (await startBackend('cpu')));

/** Both regularizations come twice in four iterations, and the augmentation's probability may change twice. */
const OFTEN = { gRegInterval: 2, dRegInterval: 3, adaInterval: 2, adaKimg: 0.02 };

describe('GanTrainingTask', () => {
  it.each([
    ['with lazy regularization', OFTEN],
    ['with regularization in each step', { ...OFTEN, gRegInterval: null, dRegInterval: null }],
  ])('resumes exactly, %s', async (_, intervals) => {
    const args = { labelDim: 2, options: { ...intervals, adaTarget: 0.6, augmentP: 0.4 } };
    const whole = tinyGan(args);
    await iterate(whole, 0, 3);
    const { tensors, values } = await whole.state();
    const copy = JSON.parse(JSON.stringify(values)) as typeof values;
    const later = await iterate(whole, 3, 5);
    const resumed = tinyGan(args);
    await resumed.restore({ tensors, values: copy });
    expect(await iterate(resumed, 3, 5)).toEqual(later);
    expect(await resumed.state()).toEqual(await whole.state());
  });

  it('goes on from a state of another seed with the numbers of its own, at the same place', async () => {
    const task = tinyGan();
    await iterate(task, 0, 1);
    const { tensors, values } = await task.state();
    const other = tinyGan({ seed: 99 });
    await other.restore({ tensors, values });
    const streams = values.streams as Record<string, RngState>;
    const expected = Object.entries(streams).map(([name, at]) => [name, { ...at, seed: 99 }]);
    expect((await other.state()).values.streams).toEqual(Object.fromEntries(expected));
  });

  it('refuses the state of other networks, and stays as it was', async () => {
    const task = tinyGan();
    const before = await task.state();
    const { tensors, values } = await tinyGan({ labelDim: 2 }).state();
    await expect(task.restore({ tensors, values })).rejects.toThrow(/belongs to other networks/);
    expect(await task.state()).toEqual(before);
  });

  it('averages weights with a ramp-up, from the trained ones on, and copies the mean of w', async () => {
    const task = tinyGan({ options: { emaHalfLifeKimg: 1, emaRampUpRatio: 1 } });
    await iterate(task, 0, 1);
    const first = await task.state();
    expect(takePart(first.tensors, 'G_ema')).toEqual(takePart(first.tensors, 'G'));
    await iterate(task, 1, 3);
    const { tensors } = await task.state();
    const [own, average] = [takePart(tensors, 'G'), takePart(tensors, 'G_ema')];
    expect(average['mapping.w_avg']).toEqual(own['mapping.w_avg']);
    expect(average['mapping.fc0.weight']).not.toEqual(own['mapping.fc0.weight']);
  });

  it('leaves frozen layers as they are, and has no moments of them', async () => {
    const task = tinyGan({ options: { freezeLayers: 2 } });
    const before = takePart((await task.state()).tensors, 'D');
    await iterate(task, 0, 2);
    const { tensors } = await task.state();
    const changed = Object.entries(takePart(tensors, 'D')).flatMap(([name, { data }]) =>
      relativeError(data as Float32Array, before[name]!.data as Float32Array) > 0 ? [name.replace(/\.\w+$/, '')] : [],
    );
    expect(new Set(changed)).toEqual(new Set(['b8.conv1', 'b8.skip', 'b4.conv', 'b4.fc', 'b4.out']));
    expect(Object.keys(takePart(tensors, 'd_optimizer')).filter((name) => /fromrgb|conv0/.test(name))).toEqual([]);
  });

  it('without intervals, steps along the sum of what the loss and the regularization of a network have as gradients', async () => {
    const still = { glr: 1e-30, dlr: 1e-30, styleMixingProb: 0.5, batchGpu: 2 };
    const gradients = async (interval: number | null) => {
      const task = tinyGan({ labelDim: 2, options: { ...still, gRegInterval: interval, dRegInterval: interval } });
      const { settings, mapping, synthesis } = task.generator;
      const shapes = { ...settings, numWs: mapping.numWs, noiseResolutions: synthesis.noiseResolutions };
      const prior = new LabelPrior({ labelDim: 2 });
      const own = new GanTrainingDraws(settleGanOptions({ ...still, batch: 4 }), { shapes, prior, augmentation: null });
      const { Gboth, Dboth } = own.next(['Gboth', 'Dboth'], 2, 0) as Required<GanDraws>;
      const apart = { Gmain: Gboth.map((each) => ({ ...each, path: null })), Dmain: Dboth, Dreg: Dboth };
      const draws = { Gboth, Dboth, ...apart, Greg: Gboth.map((each) => ({ ...each, pass: null })) };
      const seen: Record<string, number[]> = {};
      const stats = await task.stepWith(0, draws, await noiseBatches(4, 2).next(), (name, grads) => {
        seen[name] = grads.flatMap((grad) => [...grad.dataSync()]);
      });
      return { seen, stats };
    };
    const [joined, apart] = [await gradients(null), await gradients(1)];
    expect(Object.keys(joined.seen)).toEqual(['Gboth', 'Dboth']);
    for (const network of ['G', 'D']) {
      const [main, reg] = [apart.seen[`${network}main`]!, apart.seen[`${network}reg`]!];
      expect(Math.hypot(...reg), network).toBeGreaterThan(1e-3 * Math.hypot(...main));
      const sums = main.map((value, i) => value + reg[i]!);
      expect(relativeError(joined.seen[`${network}both`]!, sums), network).toBeLessThan(1e-5);
    }
    expect(Object.keys(joined.stats).sort()).toEqual(Object.keys(apart.stats).sort());
  });

  it('knows when a network returns NaN', async () => {
    const task = tinyGan();
    expect(await task.isAlive()).toBe(true);
    task.discriminator
      .parameters()[0]!
      .variable.assign(tf.fill(task.discriminator.parameters()[0]!.variable.shape, NaN));
    expect(await task.isAlive()).toBe(false);
  });
});
