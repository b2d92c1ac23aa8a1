import { readdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { lossAndGrads, Parameter, toFileLayout, type Safetensors } from '@onestep/nn';
import { readSafetensors } from '@onestep/nn/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { PreconditionedNetwork, settingsFromPublished } from '../src/index.js';
import { startTestBackend } from './support/backend.js';
import {
  FIXTURES,
  hasFixtures,
  imagesFrom,
  matrixFrom,
  relativeError,
  toFileOrder,
  withPrefix,
} from './support/fixtures.js';

const OUTPUT_TOLERANCE = 1e-5;
const GRADIENT_TOLERANCE = 1e-4;
const CLASS_NAMES: Record<string, string> = {
  edm: 'EDMPrecond',
  vp: 'VPPrecond',
  ve: 'VEPrecond',
  iddpm: 'iDDPMPrecond',
};

/** A fixture's network, with its weights. */
function networkOf({ tensors, metadata }: Safetensors): PreconditionedNetwork {
  const args = JSON.parse(metadata.kwargs!) as Record<string, unknown>;
  const settings = settingsFromPublished(CLASS_NAMES[metadata.precond!]!, {
    img_resolution: Number(metadata.img_resolution),
    img_channels: Number(metadata.img_channels),
    label_dim: Number(metadata.label_dim),
    ...args,
  });
  const network = new PreconditionedNetwork(settings, null);
  network.loadStateDict(withPrefix(tensors, 'param.', 'buffer.'));
  return network;
}

// Skipped where the folder of reference numbers is not there.
describe.skipIf(!hasFixtures)('networks against the published implementation', () => {
  beforeAll(startTestBackend);

  const files = hasFixtures ? readdirSync(`${FIXTURES}networks`) : [];
  it.each(files)('%s: output and all gradients', async (file) => {
    const fixture = await readSafetensors(`${FIXTURES}networks/${file}`);
    const { tensors } = fixture;
    const network = networkOf(fixture);
    const x = new Parameter(imagesFrom(tensors.x!));
    const cotangent = imagesFrom(tensors.cotangent!);
    const sigma = tf.tensor1d(tensors.sigma!.data as Float32Array);
    const labels = tensors.class_labels && matrixFrom(tensors.class_labels);
    const augmentLabels = tensors.augment_labels && matrixFrom(tensors.augment_labels);
    const named = network.namedParameters();

    const { grads, aux } = lossAndGrads(() => {
      const y = network.denoise(x.variable as tf.Tensor as tf.Tensor4D, sigma, { labels, augmentLabels });
      return { loss: tf.sum(tf.mul(y, cotangent)) as tf.Scalar, aux: { y } };
    }, [x, ...named.values()]);

    const outputError = relativeError(await toFileOrder(aux.y as tf.Tensor4D), tensors.y!.data as Float32Array);
    const errors: [string, number][] = [
      ['x', relativeError(await toFileOrder(grads[0] as tf.Tensor4D), tensors['grad.x']!.data as Float32Array)],
    ];
    for (const [i, [name, parameter]] of [...named].entries()) {
      const grad = grads[i + 1]!;
      const inFileLayout = toFileLayout((await grad.data()) as Float32Array, grad.shape, parameter.layout);
      const expected = tensors[`grad.${name}`]!.data as Float32Array;
      errors.push([name, relativeError(inFileLayout, expected)]);
    }
    errors.sort((a, b) => b[1] - a[1]);
    if (process.env.ONESTEP_PRINT_ERRORS) console.log(file, outputError, errors.slice(0, 4));
    expect(outputError).toBeLessThan(OUTPUT_TOLERANCE);
    expect(errors.filter(([, error]) => error > GRADIENT_TOLERANCE)).toEqual([]);
  });
});
