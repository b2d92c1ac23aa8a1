import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { boot, BootGenerator, perceptualDistance, type BootOptions } from '@onestep/boot';
import {
  DenoiserGenerator,
  GuidanceLabels,
  NetworkGenerator,
  type DenoiserNetwork,
  type Moments,
} from '@onestep/diffusion-core';
import { loadNetwork, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';
import { conditionalNetwork } from '../../../test-support/conditional-network.js';
import { images, steps } from './support.js';

beforeAll(startTestBackend);

const method = (options: Partial<BootOptions> = {}) =>
  boot.create({
    teacher: conditionalNetwork(),
    options: { batch: 4, glr: 1e-3, emaHalfLifeKimg: 0.01, ...options },
  });
/** Every option that draws or computes something more. */
const FULL: Partial<BootOptions> = {
  solver: 'heun',
  guidance: [1, 4],
  classProbabilities: [1, 2, 1],
  clipGradNorm: 50,
};

describe('BootDistillation', () => {
  it('starts from the teacher in one step, where the boundary condition holds', async () => {
    const teacher = conditionalNetwork();
    const distillation = boot.create({ teacher, options: { batch: 4 } });
    expect((await distillation.snapshot()).tensors).toEqual(await teacher.stateDict());
    const z = tf.tensor4d(new Rng(1).normal(128), [2, 8, 8, 1]);
    const labels = tf.tensor2d([1, 0, 0, 0, 0, 1], [2, 3]);
    const expected = new DenoiserGenerator(teacher, 2.5).generate(z, labels);
    expect(distillation.generator.generate(z, labels).dataSync()).toEqual(expected.dataSync());
    const [first] = await steps(distillation, 0, 1);
    expect(first!.Boundary_residual).toBe(0);
    expect(first!['G_Loss/boundary']).toBe(0);
  });

  it('refuses a student for other images, and labels of guidance that were trained with another range', () => {
    const teacher = conditionalNetwork();
    const network = new PreconditionedNetwork({ ...teacher.settings, labelDim: 2 }, new Rng(1));
    expect(() => boot.create({ teacher, generator: new NetworkGenerator(network, 2.5) })).toThrow(
      'generator makes 8x8x1 images of 2 classes, and the teacher makes 8x8x1 images of 3 classes',
    );
    const trained = { network: teacher.clone(), initSigma: 2.5, guidance: new GuidanceLabels([1, 3], 3) };
    const generator = new BootGenerator(trained);
    for (const guidance of [null, 2, [1, 4]] as const) {
      const made = () => boot.create({ teacher, generator, options: { guidance } });
      expect(made).toThrow('guidance from 1 to 3');
    }
  });

  it('compares with a perceptual distance of the caller under the name lpips, and asks for it', async () => {
    const args = { teacher: conditionalNetwork(), options: { batch: 4, glr: 1e-3, distance: 'lpips' as const } };
    expect(() => boot.create(args)).toThrow('The distance lpips compares with a network whose weights are yours');
    const perceptual = perceptualDistance({ features: (x) => [tf.concat([x, tf.square(x)], 3)] });
    const [byName] = await steps(boot.create({ ...args, perceptual }), 0, 1);
    const [byFunction] = await steps(
      boot.create({ ...args, options: { ...args.options, distance: perceptual } }),
      0,
      1,
    );
    expect(byName).toEqual(byFunction);
    const [l2] = await steps(boot.create({ ...args, options: { ...args.options, distance: 'l2' } }), 0, 1);
    expect(byName!['G_Loss/bootstrap']).not.toBe(l2!['G_Loss/bootstrap']);
  });

  it('says what each step did, and how large the increments are in each part of the time', async () => {
    const distillation = method({ batch: 64, beta: 0.5, solver: 'ddim', delta: 0.04 });
    const [, stats] = await steps(distillation, 0, 2);
    const loss = Number(stats!['G_Loss/bootstrap']) + 0.5 * Number(stats!['G_Loss/boundary']);
    expect(Number(stats!['G_Loss/loss']) / loss).toBeCloseTo(1, 4);
    expect(stats!.Boundary_residual).toBeGreaterThan(0);
    const parts = ['t0.0-0.2', 't0.2-0.4', 't0.4-0.6', 't0.6-0.8', 't0.8-1.0'];
    for (const name of ['Bootstrap_increment', 'Relative_increment', 'Teacher_distance']) {
      const moments = parts.map((part) => stats![`${name}/${part}`] as Moments);
      expect(moments.reduce((sum, { num }) => sum + num, 0)).toBe(64);
      for (const { mean, squares } of moments) {
        expect(mean).toBeGreaterThan(0);
        expect(Number.isFinite(squares)).toBe(true);
      }
    }
    const distance = stats!['Teacher_distance/t0.4-0.6'] as Moments;
    const increment = stats!['Bootstrap_increment/t0.4-0.6'] as Moments;
    // 1 - r is between 0.27 and 0.35 there.
    expect(increment.mean / distance.mean).toBeGreaterThan(0.25);
    expect(increment.mean / distance.mean).toBeLessThan(0.37);
  });

  it.each<[string, Partial<BootOptions>]>([
    ['the defaults', {}],
    ['all options', FULL],
  ])('has the same gradients in micro-batches as at once, with %s', async (_, options) => {
    const gradients = async (batchGpu: number) => {
      const distillation = method({ ...options, batchGpu });
      const [stats] = await steps(distillation, 0, 1);
      const { tensors } = await distillation.state();
      return {
        stats: stats!,
        moments: Object.entries(tensors).filter(([name]) => /exp_avg\..*(conv|affine)/.test(name)),
      };
    };
    const [whole, split] = [await gradients(4), await gradients(1)];
    expect(whole.moments.length).toBeGreaterThan(20);
    for (const [i, [name, { data }]] of split.moments.entries()) {
      expect(relativeError(data as Float32Array, whole.moments[i]![1].data as Float32Array), name).toBeLessThan(1e-3);
    }
    expect(Object.keys(split.stats)).toEqual(Object.keys(whole.stats));
    for (const name of ['G_Loss/loss', 'G_Loss/bootstrap']) {
      expect(Number(split.stats[name]) / Number(whole.stats[name])).toBeCloseTo(1, 4);
    }
  });

  it.each<[string, Partial<BootOptions>]>([
    ['the defaults', {}],
    ['all options, in micro-batches', { ...FULL, batchGpu: 2, delta: 0.2, deltaEnd: 0.05, deltaKimg: 0.02 }],
  ])('resumes exactly from its state, with %s', async (_, options) => {
    const whole = method(options);
    await steps(whole, 0, 3);
    const { tensors, values } = await whole.state();
    const copy = JSON.parse(JSON.stringify(values)) as Record<string, unknown>;
    const later = await steps(whole, 3, 5);
    const resumed = method(options);
    await resumed.restore({ tensors, values: copy });
    expect(await steps(resumed, 3, 5)).toEqual(later);
    expect(await resumed.state()).toEqual(await whole.state());
    await expect(resumed.restore({ tensors, values: { method: 'sid' } })).rejects.toThrow('was saved by sid, not boot');
  });

  it('leaves the teacher alone', async () => {
    const teacher = conditionalNetwork();
    const before = await teacher.stateDict();
    const distillation = boot.create({ teacher, options: { batch: 4, glr: 1e-3 } });
    await steps(distillation, 0, 1);
    expect(await teacher.stateDict()).toEqual(before);
    const after = (await distillation.state()).tensors;
    const changed = Object.keys(before).filter((name) => {
      const data = after[`G.network.${name}`]!.data;
      return data.some((value, i) => value !== before[name]!.data[i]);
    });
    expect(changed.length).toBeGreaterThan(20);
  });

  it('its snapshot is a network that makes the same images', async () => {
    const distillation = method();
    await steps(distillation, 0, 2);
    const { tensors, metadata } = await distillation.snapshot();
    const { generator, ...settings } = JSON.parse(metadata.onestep!) as { generator: Record<string, unknown> };
    expect(generator).toEqual({ method: 'boot', initSigma: 2.5 });
    const loaded = loadNetwork({ tensors, metadata: { onestep: JSON.stringify(settings) } });
    const [z, labels] = [tf.randomNormal([2, 8, 8, 1]), tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3])];
    const expected = distillation.generator.generate(z, labels).dataSync();
    expect(new DenoiserGenerator(loaded, 2.5).generate(z, labels).dataSync()).toEqual(expected);
  });

  it('keeps no tensors from step to step, and none after it is disposed of', async () => {
    const teacher = conditionalNetwork();
    const before = tf.memory().numTensors;
    const distillation = boot.create({ teacher, options: { batch: 4, batchGpu: 2, ...FULL } });
    await steps(distillation, 0, 1);
    const after = tf.memory().numTensors;
    await steps(distillation, 1, 3);
    expect(tf.memory().numTensors).toBe(after);
    distillation.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says what does not go together', () => {
    expect(() => method({ classProbabilities: [1, 1] })).toThrow(
      'classProbabilities has length 2, and this network has 3 classes',
    );
    expect(() => method({ initSigma: 100 })).toThrow('below the noise level at t_max');
    const unconditional: DenoiserNetwork = Object.assign(Object.create(conditionalNetwork()) as DenoiserNetwork);
    Object.defineProperty(unconditional, 'labelDim', { value: 0 });
    expect(() => boot.create({ teacher: unconditional, options: { guidance: 2 } })).toThrow('has no labels');
  });
});

describe('a student with guidance', () => {
  it('starts from the teacher for every scale, and learns to tell them apart', async () => {
    const distillation = method({ guidance: [1, 4] });
    const [low, high] = [1, 4].map((scale) => distillation.generator.withGuidance(scale));
    expect(images(low!)).toEqual(images(high!));
    await steps(distillation, 0, 3);
    expect(images(low!)).not.toEqual(images(high!));
    expect(() => distillation.generator.withGuidance(5)).toThrow('guidance from 1 to 4, not 5');
    expect(() => method().generator.withGuidance(2)).toThrow('has no input for guidance: leave the scale of 2 out');
  });
});
