import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EdmTrainingTask,
  loadNetwork,
  PreconditionedNetwork,
  saveNetwork,
  settingsFromPublished,
} from '../src/index.js';
import { tensorOf, type FixtureFile } from '../../../parity/check.js';
import { networks } from '../../../parity/checks/networks.js';
import { readFixture } from '../../../parity/fixture-file.js';
import { formulaNetwork } from '../../../parity/formula-weights.js';
import { runCheck } from '../../../parity/run-check.js';
import { imagesFrom, matrixFrom, toFileOrder } from '../../../parity/fixture-tensors.js';
import { FIXTURES, hasFixtures, relativeError } from '../../../test-support/fixtures.js';
import { startHalfEngine, stopHalfEngine } from '../../../test-support/half-engine.js';

const folder = (name: string) => fileURLToPath(new URL(`data/${name}/`, import.meta.url));
const PRINTS = process.env.ONESTEP_PRINT_ERRORS === '1';

/** The file of a network, as if it had been trained with use_fp16. */
async function withFp16(path: string): Promise<FixtureFile> {
  const file = await readFixture(path);
  const kwargs = { ...(JSON.parse(file.metadata.kwargs!) as object), use_fp16: true };
  return { ...file, metadata: { ...file.metadata, kwargs: JSON.stringify(kwargs) } };
}

/** Output and gradient of the input, in the order of the file. */
async function evaluate(file: FixtureFile): Promise<{ y: Float32Array; dx: Float32Array }> {
  const network = formulaNetwork(file);
  const { tensors } = file;
  const x = new Parameter(imagesFrom(tensors.x!));
  const rows = (name: string) => tensors[name] && matrixFrom(tensors[name]);
  const { grads, aux } = lossAndGrads(() => {
    const sigma = tf.tensor1d(tensors.sigma!.data as Float32Array);
    const conditions = { labels: rows('class_labels'), augmentLabels: rows('augment_labels') };
    const y = network.denoise(x.variable as tf.Tensor as tf.Tensor4D, sigma, conditions);
    return { loss: tf.sum(tf.mul(y, imagesFrom(tensors.cotangent!))) as tf.Scalar, aux: { y } };
  }, [x]);
  return { y: await toFileOrder(aux.y as tf.Tensor4D), dx: await toFileOrder(grads[0] as tf.Tensor4D) };
}

describe('networks in half precision', () => {
  beforeAll(async () => {
    console.log(`half precision by ${await startHalfEngine()}`);
  });
  afterAll(stopHalfEngine);

  // PyTorch's own float16 convolutions and products in the same places. Sums in another order are rounded to neighboring
  // half-precision numbers now and then, and each such number changes the following ones.
  it.each(readdirSync(folder('half')))('%s is as PyTorch computes it in float16 (test/data/half.py)', async (name) => {
    const half = await readFixture(folder('half') + name);
    const file = await withFp16(folder('networks') + name);
    const { y, dx } = await evaluate(file);
    const of = (fixture: FixtureFile, name: string) => tensorOf(fixture, name).data as Float32Array;
    const errors = {
      output: relativeError(y, of(half, 'inner.y')),
      gradient: relativeError(dx, of(half, 'inner.grad.x')),
      outputToExact: relativeError(y, of(file, 'y')),
      publishedToExact: relativeError(of(half, 'published.y'), of(file, 'y')),
    };
    if (PRINTS) console.log(name, errors);
    // Measured: 6.4e-4 and 6.1e-4.
    expect(errors.output).toBeLessThan(2e-3);
    expect(errors.gradient).toBeLessThan(2e-3);
    // As close to the exact numbers as float16 between all layers, which is what was published.
    expect(errors.outputToExact).toBeLessThan(errors.publishedToExact);
  });

  describe.skipIf(!hasFixtures)('of the published implementation', () => {
    const files = hasFixtures ? readdirSync(`${FIXTURES}networks`).filter((name) => name.endsWith('.safetensors')) : [];
    it.each(files)('%s differs from float32 by as much as half precision has to', async (name) => {
      const comparisons = await runCheck(networks, await withFp16(`${FIXTURES}networks/${name}`));
      const worst = (of: typeof comparisons) => Math.max(...of.map(({ error }) => error));
      // A key's bias has no gradient but rounding noise: softmax does not depend on it.
      const gradients = comparisons.filter(({ quantity }) => /gradient/.test(quantity) && !/qkv.bias/.test(quantity));
      const [output] = comparisons;
      if (PRINTS) console.log(name, output!.error, worst(gradients));
      expect(output!.error).toBeGreaterThan(1e-5);
      // Measured: 8.4e-4; gradients 5.6e-3, and 1.2e-2 where TensorFlow's CPU kernels sum them in half precision.
      expect(output!.error).toBeLessThan(2e-3);
      expect(worst(gradients)).toBeLessThan(2e-2);
    });
  });
});

/** Images of one gray each, of a network with two resolutions and attention. */
function train(useFp16: boolean, options: object = {}): EdmTrainingTask {
  const model = { modelType: 'SongUNet' as const, modelChannels: 8, channelMult: [1, 2], numBlocks: 1, dropout: 0 };
  const rng = new Rng(11, 'images');
  return new EdmTrainingTask({
    network: new PreconditionedNetwork(
      { imgResolution: 4, imgChannels: 1, useFp16, model: { ...model, attnResolutions: [2] } },
      new Rng(5),
    ),
    batches: {
      next: async () => {
        const images = new Uint8Array(8 * 16);
        for (const [i, gray] of rng.integers(8, 3).entries()) images.fill(100 * gray + 20, i * 16, (i + 1) * 16);
        return { images, labels: null, count: 8 };
      },
      state: () => null,
      restore: () => undefined,
    },
    options: { batch: 8, lr: 4e-3, lrWarmupKimg: 0.02, seed: 5, ...options },
  });
}

async function losses(task: EdmTrainingTask, steps: number): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < steps; i++) values.push((await task.step(i * 8))['Loss/loss'].mean);
  return values;
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('training in half precision', () => {
  beforeAll(startHalfEngine);
  afterAll(stopHalfEngine);

  it('begins as in float32 and learns as well', async () => {
    const [half, single] = [await losses(train(true), 40), await losses(train(false), 40)];
    // The first step has a learning rate of 0, so that the second has the same weights as well.
    for (const i of [0, 1]) expect(half[i]! / single[i]!).toBeCloseTo(1, 2);
    expect(half[9]).not.toBe(single[9]);
    if (PRINTS) console.log(mean(half.slice(0, 5)), mean(half.slice(-10)), mean(single.slice(-10)));
    // Measured: from 0.98 to 0.77, in float32 to 0.79, and to 0.80 with TensorFlow's CPU kernels.
    expect(mean(half.slice(-10))).toBeLessThan(0.9 * mean(half.slice(0, 5)));
    expect(mean(half.slice(-10)) / mean(single.slice(-10))).toBeCloseTo(1, 1);
  });

  it('scales the loss without changing the steps, which Adam makes as long', async () => {
    const [plain, scaled] = [train(true), train(true, { ls: 128 })];
    const [one, other] = [await losses(plain, 3), await losses(scaled, 3)];
    // Powers of two change no digit of a half-precision number, but fewer small gradients are lost.
    other.forEach((loss, i) => expect(loss / one[i]!).toBeCloseTo(1, 2));
    const moments = async (task: EdmTrainingTask) => (await task.state()).tensors['optimizer.exp_avg.model.dec.4x4_aux_conv.bias']!; // prettier-ignore
    const ratio = Number((await moments(scaled)).data[0]) / Number((await moments(plain)).data[0]);
    expect(ratio / 128).toBeCloseTo(1, 1);
  });

  it('keeps the weights finite when gradients leave the range of half precision', async () => {
    const task = train(true, { ls: 1e9, lrWarmupKimg: 0 });
    await losses(task, 3);
    for (const [name, { data }] of Object.entries(await task.network.module.stateDict())) {
      expect([...(data as Float32Array)].every(Number.isFinite), name).toBe(true);
    }
  });
});

describe('the setting useFp16', () => {
  beforeAll(startHalfEngine);
  afterAll(stopHalfEngine);

  const settings = { imgResolution: 4, imgChannels: 1, model: { modelType: 'SongUNet' as const, modelChannels: 8 } };
  const channelMult = [1];
  const create = (useFp16?: boolean) =>
    new PreconditionedNetwork({ ...settings, useFp16, model: { ...settings.model, channelMult } }, new Rng(1));

  it('is saved with a network, and left out where it is false', async () => {
    const half = create(true);
    expect(half.useFp16).toBe(true);
    expect(half.clone().useFp16).toBe(true);
    expect(loadNetwork(await saveNetwork(half)).settings).toEqual(half.settings);
    expect(create(false).settings).toEqual(create().settings);
    expect(create().settings).not.toHaveProperty('useFp16');
  });

  it('is that of published files', () => {
    const args = { img_resolution: 4, img_channels: 1, model_type: 'SongUNet' };
    expect(settingsFromPublished('EDMPrecond', { ...args, use_fp16: true }).useFp16).toBe(true);
    expect(settingsFromPublished('EDMPrecond', { ...args, use_fp16: false })).not.toHaveProperty('useFp16');
    expect(settingsFromPublished('EDMPrecond', args)).not.toHaveProperty('useFp16');
  });

  it('has to be true or false', () => {
    const wrong = { ...settings, useFp16: 1 as unknown as boolean };
    expect(() => new PreconditionedNetwork(wrong, null)).toThrow('useFp16 must be true or false, not 1');
  });

  it('may change when a training continues, since weights are float32', async () => {
    const [half, single] = [train(true), train(false)];
    await losses(half, 2);
    await single.restore(await half.state());
    expect(await single.network.module.stateDict()).toEqual(await half.network.module.stateDict());
  });
});
