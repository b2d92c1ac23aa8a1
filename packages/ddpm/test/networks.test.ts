import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '@onestep/checkpoint/node';
import { DdpmNetwork, readDiffusers, type PartialNetworkSettings } from '@onestep/ddpm';
import { lossAndGrads } from '@onestep/nn';
import { oneHot } from '@onestep/diffusion-core';
import { setFormulaWeights } from '../../../parity/formula-weights.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { imagesFrom, relativeError, toFileOrder } from '../../../test-support/fixtures.js';
import { MaskRng, Rng } from '@onestep/random';

const FOLDER = fileURLToPath(new URL('data/networks', import.meta.url));

beforeAll(startTestBackend);

describe('options of UNet2DModel and its schedulers, as diffusers computes them (test/data/networks.py)', () => {
  it.each(readdirSync(FOLDER))('%s', async (name) => {
    const { tensors, metadata } = await readSafetensors(`${FOLDER}/${name}`);
    const [config, scheduler] = [metadata.config!, metadata.scheduler!].map((json) => JSON.parse(json) as object);
    const { snapshot } = readDiffusers({ config: config as never, scheduler: scheduler as never, tensors: {} }, name);
    const network = new DdpmNetwork(JSON.parse(snapshot.metadata.onestep!) as PartialNetworkSettings, null);
    setFormulaWeights(network);
    const classes = tensors.class_labels?.data as BigInt64Array | undefined;
    const labels = classes && oneHot(Array.from(classes, Number), network.labelDim);
    const output = network.denoise(imagesFrom(tensors.x!), tf.tensor1d(tensors.sigma!.data as Float32Array), {
      labels,
    });
    expect(relativeError(await toFileOrder(output), tensors.denoised!.data as Float32Array)).toBeLessThan(1e-5);
    network.dispose();
  });
});

describe('training', () => {
  const network = () =>
    new DdpmNetwork(
      {
        imgResolution: 4,
        imgChannels: 1,
        labelDim: 2,
        model: {
          modelType: 'UNet2DModel',
          outChannels: 2,
          blockOutChannels: [4, 4],
          layersPerBlock: 1,
          downAttention: [false, true],
          upAttention: [true, false],
          downsample: ['conv'],
          upsample: ['resnet'],
          midAttentionGroups: 2,
          normGroups: 2,
          embeddingChannels: 8,
          sinusoidChannels: 4,
          scaleShift: true,
          dropout: 0.25,
        },
      },
      new Rng(1),
    );

  it('every part has the gradient that differences have', () => {
    const net = network();
    const x = tf.tensor4d(new Rng(2).normal(32), [2, 4, 4, 1]);
    const sigma = tf.tensor1d([0.4, 3]);
    const labels = oneHot([1, 0], 2);
    const loss = () => tf.sum(tf.square(net.denoise(x, sigma, { labels }))) as tf.Scalar;
    const named = [...net.namedParameters()];
    const { grads } = lossAndGrads(
      () => ({ loss: loss(), aux: {} }),
      named.map(([, parameter]) => parameter),
    );
    for (const part of net.children().map(([name]) => name)) {
      const own = named.flatMap(([name, { variable }], i) =>
        name.startsWith(`${part}.`) ? [[variable, grads[i]!] as const] : [],
      );
      const norm = Math.sqrt(own.reduce((sum, [, grad]) => sum + tf.sum(tf.square(grad)).dataSync()[0]!, 0));
      const starts = own.map(([variable]) => tf.tensor(variable.dataSync().slice(), variable.shape));
      // Along its own direction, the slope is the norm of the gradient.
      const at = (step: number) => {
        for (const [i, [variable, grad]] of own.entries()) {
          variable.assign(tf.add(starts[i]!, tf.mul(grad, step / norm)));
        }
        return loss().dataSync()[0]!;
      };
      const h = 0.02;
      const slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      at(0);
      expect(norm, part).toBeGreaterThan(0);
      expect(Math.abs(slope / norm - 1), part).toBeLessThan(5e-3);
    }
  });

  it('a copy has the weights, and dropout is active in training only', async () => {
    const net = network();
    const copy = net.clone();
    expect(await copy.stateDict()).toEqual(await net.stateDict());
    const denoise = (seed: number) => {
      const rng = new MaskRng([seed, 0]);
      return copy.denoise(tf.ones([1, 4, 4, 1]), tf.tensor1d([1]), { rng }).dataSync();
    };
    expect(denoise(1)).toEqual(denoise(2));
    copy.train();
    expect(denoise(1)).not.toEqual(denoise(2));
    expect(denoise(1)).toEqual(denoise(1));
  });
});
