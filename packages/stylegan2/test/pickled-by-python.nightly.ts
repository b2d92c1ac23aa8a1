import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTorchFile } from '@onestep/checkpoint/node';
import { startBackend } from '@onestep/backends';
import { Rng } from '@onestep/random';
import { pythonWith } from '../../../test-support/python.js';
import { continueGan, DiscriminatorNetwork, GeneratorNetwork, publishedGan } from '../src/index.js';
import { writePickledGans, type PickledGan } from './support/pickled-gans.js';

const python = pythonWith('torch');
const GANS: readonly PickledGan[] = [
  { name: 'skip.pkl', architecture: 'skip', resolution: 32, channels: 1, labels: 0, width: 16 },
  {
    name: 'skip-labels.pkl',
    architecture: 'skip',
    discriminator: 'skip',
    resolution: 64,
    channels: 3,
    labels: 4,
    width: 16,
  },
  { name: 'orig.pkl', architecture: 'orig', discriminator: 'orig', resolution: 64, channels: 3, labels: 0, width: 16 },
  {
    name: 'orig-labels.pkl',
    architecture: 'orig',
    discriminator: 'orig',
    resolution: 32,
    channels: 3,
    labels: 4,
    width: 16,
  },
  { name: 'resnet-frozen.pkl', architecture: 'resnet', resolution: 32, channels: 3, labels: 0, width: 16, frozen: 3 },
  { name: 'resnet-labels.pkl', architecture: 'resnet', resolution: 64, channels: 1, labels: 4, width: 16 },
];

let folder: string;
beforeAll(async () => {
  await startBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'pickled-gans-'));
  if (python !== null) writePickledGans(python, folder, GANS);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(python === null)('GANs that Python pickled (skipped without PyTorch)', () => {
  it.each(GANS)(
    '$name: all three networks are filled, and compute',
    async ({ name, labels, resolution, channels, frozen = 0 }) => {
      const gan = publishedGan(await openTorchFile(join(folder, name)), name);
      expect(gan.trainingSetKwargs).toMatchObject({ use_labels: labels > 0, resolution });
      expect(gan.augmentPipe).toMatchObject({ p: 0.25, kwargs: { xflip: 1, contrast: 1 } });
      const networks = {
        generator: new GeneratorNetwork(gan.G!.settings, null),
        discriminator: new DiscriminatorNetwork(gan.D!.settings, new Rng(1)),
        average: new GeneratorNetwork(gan.G_ema!.settings, null),
      };
      // No tensor is left over on either side: frozen layers, too.
      expect(await continueGan(networks, gan, name)).toEqual([]);
      const { generator, discriminator, average } = networks;
      expect(await average.stateDict()).not.toEqual(await generator.stateDict());
      if (frozen > 0) expect((await discriminator.stateDict())[`b${resolution}.fromrgb.weight`]).toBeDefined();
      const classes = labels === 0 ? undefined : tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), labels);
      const given = classes && (tf.cast(classes, 'float32') as tf.Tensor2D);
      const w = average.mapping.broadcast(
        average.mapping.map(tf.randomNormal([4, gan.G!.settings.zDim], 0, 1, 'float32', 1), given),
      );
      const images = average.synthesis.synthesize(w, average.synthesis.constNoise());
      expect(images.shape).toEqual([4, resolution, resolution, channels]);
      const logits = discriminator.discriminate(images, given);
      for (const values of [await images.data(), await logits.data()])
        expect([...values].every(Number.isFinite)).toBe(true);
    },
  );

  it('are read without running the source text in them', () => {
    expect(readdirSync(folder)).not.toContain('executed');
  });
});
