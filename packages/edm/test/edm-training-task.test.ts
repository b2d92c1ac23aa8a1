import * as tf from '@tensorflow/tfjs-core';
import { decodeSafetensors, encodeSafetensors, type StateDict } from '@onestep/checkpoint';
import { Rng } from '@onestep/random';
import type { ImageBatchSource, TaskState } from '@onestep/diffusion-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AugmentPipe,
  edmLoss,
  EdmTrainingTask,
  loadNetwork,
  PreconditionedNetwork,
  TRAINING_AUGMENTATION,
  type EdmTrainingOptions,
  type SongUNetSettings,
} from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';

const RESOLUTION = 4;
const LABELS = 3;
const BATCH = 4;

beforeAll(startTestBackend);

/** Images of a single gray each, which depends on their label. */
class GrayImages implements ImageBatchSource {
  private rng = new Rng(11, 'images');
  private readonly count: number;

  constructor(count = BATCH) {
    this.count = count;
  }

  async next() {
    const { count } = this;
    const images = new Uint8Array(count * RESOLUTION ** 2);
    const labels = new Float32Array(count * LABELS);
    for (const [i, label] of this.rng.integers(count, LABELS).entries()) {
      labels[i * LABELS + label] = 1;
      images.fill(100 * label + 20, i * RESOLUTION ** 2, (i + 1) * RESOLUTION ** 2);
    }
    return { images, labels, count };
  }

  state() {
    return this.rng.state();
  }

  restore(state: unknown) {
    this.rng = Rng.fromState(state as ReturnType<Rng['state']>);
  }
}

function network(
  seed: number,
  model: Partial<SongUNetSettings> = {},
  classNames?: readonly string[],
): PreconditionedNetwork {
  return new PreconditionedNetwork(
    {
      imgResolution: RESOLUTION,
      imgChannels: 1,
      labelDim: LABELS,
      classNames,
      model: {
        modelType: 'SongUNet',
        modelChannels: 8,
        channelMult: [1, 2],
        numBlocks: 1,
        attnResolutions: [2],
        dropout: 0.1,
        ...model,
      },
    },
    new Rng(seed),
  );
}

function task(seed = 1, options = {}): EdmTrainingTask {
  return new EdmTrainingTask({
    network: network(seed),
    batches: new GrayImages(),
    options: { batch: BATCH, lr: 1e-2, lrWarmupKimg: 0.008, seed: 5, ...options },
  });
}

async function steps(trained: EdmTrainingTask, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = from; i < to; i++) losses.push((await trained.step(i * trained.batchSize))['Loss/loss'].mean);
  return losses;
}

/** The state after it went through a file. */
function throughFile({ tensors, values }: TaskState): TaskState {
  const file = encodeSafetensors({ tensors, metadata: { values: JSON.stringify(values) } });
  const { tensors: read, metadata } = decodeSafetensors(file);
  return { tensors: read, values: JSON.parse(metadata.values!) as Record<string, unknown> };
}

const part = (dict: StateDict, prefix: string) => Object.entries(dict).filter(([name]) => name.startsWith(prefix));

describe('EDM training', () => {
  it('continues from a state exactly as if it had not been interrupted', async () => {
    const straight = task();
    await steps(straight, 0, 3);
    const state = throughFile(await straight.state());
    const losses = await steps(straight, 3, 6);

    const resumed = task(2, { seed: 99 });
    await resumed.restore(state);
    expect(await steps(resumed, 3, 6)).toEqual(losses);
    expect(await resumed.state()).toEqual(await straight.state());
  });

  it('starts with a learning rate of 0, and its average with a copy', async () => {
    const trained = task();
    const before = await trained.network.module.stateDict();
    await steps(trained, 0, 1);
    expect(await trained.network.module.stateDict()).toEqual(before);
    await steps(trained, 1, 2);
    const { tensors } = await trained.state();
    expect(part(tensors, 'network.')).not.toEqual(Object.entries(before).map(([name, t]) => [`network.${name}`, t]));
    // After 4 images the half-life is 0.2 images and the decay 0.5^20.
    for (const [name, { data }] of part(tensors, 'network.')) {
      const averaged = tensors[name.replace('network.', 'ema.')]!.data;
      data.forEach((value, i) => expect(Number(averaged[i])).toBeCloseTo(Number(value), 5));
    }
  });

  it('learns', async () => {
    const trained = new EdmTrainingTask({
      network: network(5, { channelMult: [1], attnResolutions: [], dropout: 0 }),
      batches: new GrayImages(8),
      options: { batch: 8, lr: 1e-2, lrWarmupKimg: 0.02, seed: 5 },
    });
    const losses = await steps(trained, 0, 40);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(losses.slice(-10))).toBeLessThan(0.8 * mean(losses.slice(0, 10)));
  });

  it.each([1, 2, 3])(
    'in micro-batches of %i images is as in one: same draws, same gradients, same weights',
    async (batchGpu) => {
      const trainedBy = async (options: Partial<EdmTrainingOptions>) => {
        const trained = new EdmTrainingTask({
          network: network(1, { augmentDim: 9, dropout: 0.3, labelDropout: 0.5 }),
          batches: new GrayImages(6),
          options: { batch: 6, lr: 1e-2, lrWarmupKimg: 0, seed: 5, ...options },
          augmentation: new AugmentPipe({ ...TRAINING_AUGMENTATION, p: 0.5 }),
        });
        const losses = await steps(trained, 0, 2);
        const state = await trained.state();
        trained.dispose();
        return { losses, ...state };
      };
      const whole = await trainedBy({});
      const split = await trainedBy({ batchGpu });
      expect(split.values).toEqual(whole.values);
      split.losses.forEach((loss, i) => expect(loss / whole.losses[i]!).toBeCloseTo(1, 5));
      // A key's bias has no gradient but rounding noise, which Adam turns into full steps.
      const names = Object.keys(whole.tensors).filter((name) => !name.endsWith('qkv.bias'));
      for (const name of names) {
        const values = (dict: StateDict) => dict[name]!.data as Float32Array;
        // A weight whose gradient is nearly nothing may be moved otherwise by rounding, as much as Adam moves any.
        const tolerance = name.startsWith('optimizer') ? 1e-4 : 1e-3;
        expect(relativeError(values(split.tensors), values(whole.tensors)), name).toBeLessThan(tolerance);
      }
    },
  );

  it('refuses options that are out of range, by name', () => {
    expect(() => task(1, { batchGpu: 3 })).toThrow('batchGpu must be a divisor of the batch of 4 images, not 3.');
    expect(() => task(1, { batch: 0 })).toThrow(new RangeError('batch must be a positive integer, not 0.'));
    expect(() => task(1, { lr: 0 })).toThrow('lr must be positive, not 0.');
    expect(() => task(1, { lrWarmupKimg: -1 })).toThrow('lrWarmupKimg must be 0 or more, not -1.');
    expect(() => task(1, { emaHalfLifeKimg: NaN })).toThrow('emaHalfLifeKimg must be 0 or more, not NaN.');
    expect(() => task(1, { emaRampUpRatio: 0 })).toThrow('emaRampUpRatio must be positive, or null, not 0.');
    expect(() => task(1, { ls: Infinity })).toThrow('ls must be positive, not Infinity.');
    expect(() => task(1, { seed: 0.5 })).toThrow('seed must be an integer from 0, not 0.5.');
  });

  it('takes the default of an option that is undefined, and the whole batch for more than a batch at once', async () => {
    const undefinedOptions = { lr: undefined, lrWarmupKimg: undefined, batchGpu: undefined, ls: undefined };
    const spelledOut = { lr: 1e-3, lrWarmupKimg: 10_000, batchGpu: 512, ls: 1 };
    const [left, right] = [task(1, undefinedOptions), task(1, spelledOut)];
    expect(await steps(left, 100, 102)).toEqual(await steps(right, 100, 102));
    expect(await left.state()).toEqual(await right.state());
  });

  it('refuses an augmentation whose labels the network does not take', () => {
    const args = { network: network(1), batches: new GrayImages(), options: { batch: BATCH } };
    const augmentation = new AugmentPipe({ ...TRAINING_AUGMENTATION, p: 0.1 });
    expect(() => new EdmTrainingTask({ ...args, augmentation })).toThrow('labels of length 9, and the network takes 0');
  });

  it("reports the moments of every pixel's loss, whatever its scaling", async () => {
    const [plain, scaled] = [task(), task(1, { ls: 100 })];
    const { 'Loss/loss': loss } = await plain.step(0);
    expect(loss.num).toBe(BATCH * RESOLUTION ** 2);
    expect(loss.squares / loss.num).toBeGreaterThan(0);
    const { 'Loss/loss': same } = await scaled.step(0);
    expect(same.mean / loss.mean).toBeCloseTo(1, 5);
  });

  it.each([BATCH, 2])('leaves no tensors behind, %i images at once', async (batchGpu) => {
    const trained = task(1, { batchGpu });
    await steps(trained, 0, 2);
    const { numTensors } = tf.memory();
    await steps(trained, 2, 4);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('gives the event loop a turn between micro-batches, in which a program answers signals', async () => {
    const loss = edmLoss();
    const answered: boolean[] = [];
    let isAnswered = false;
    const evaluate = (args: Parameters<typeof loss.evaluate>[0]) => {
      answered.push(isAnswered);
      if (answered.length === 1) setTimeout(() => (isAnswered = true), 0);
      return loss.evaluate(args);
    };
    const options = { batch: BATCH, batchGpu: 1 };
    const trained = new EdmTrainingTask({
      network: network(1),
      batches: new GrayImages(),
      options,
      loss: { ...loss, evaluate },
    });
    await trained.step(0);
    expect(answered).toEqual([false, true, true, true]);
  });

  it('keeps its weights when a gradient is not a number', async () => {
    const loss = edmLoss();
    const trained = new EdmTrainingTask({
      network: network(1),
      batches: new GrayImages(),
      options: { batch: BATCH, lr: 1e-2, lrWarmupKimg: 0 },
      loss: { ...loss, evaluate: (args) => tf.mul(loss.evaluate(args), NaN) },
    });
    const before = await trained.network.module.stateDict();
    await steps(trained, 1, 3);
    expect(await trained.network.module.stateDict()).toEqual(before);
  });

  it('publishes the average, which loads as a network', async () => {
    const trained = task();
    await steps(trained, 0, 3);
    const loaded = loadNetwork(await trained.snapshot());
    expect(await loaded.stateDict()).toEqual(await trained.ema.module.stateDict());
    expect(loaded.settings).toEqual(trained.network.settings);
  });

  it('refuses the state of another network', async () => {
    const other = new EdmTrainingTask({
      network: network(1, { modelChannels: 12 }),
      batches: new GrayImages(),
      options: { batch: BATCH },
    });
    await expect(other.restore(await task().state())).rejects.toThrow('belongs to another network');
  });

  it('resumes from the state of a network without class names, which its snapshots get', async () => {
    const before = task();
    await steps(before, 0, 2);
    const state = throughFile(await before.state());
    const classNames = ['a', 'b', 'c'];
    const named = new EdmTrainingTask({
      network: network(2, {}, classNames),
      batches: new GrayImages(),
      options: { batch: BATCH, lr: 1e-2, lrWarmupKimg: 0.008, seed: 5 },
    });
    await named.restore(state);
    expect(await steps(named, 2, 4)).toEqual(await steps(before, 2, 4));
    expect(loadNetwork(await named.snapshot()).classNames).toEqual(classNames);
    await before.restore(throughFile(await named.state()));
  });

  it('refuses batches of another shape', async () => {
    const trained = task(1, { batch: 2 });
    await expect(trained.step(0)).rejects.toThrow(
      'The batch has 4 images in 64 bytes; this run needs 2 of 4x4x1, 32 bytes.',
    );
  });
});
