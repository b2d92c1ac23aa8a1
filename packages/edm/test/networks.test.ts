import { readdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { lossAndGrads, Parameter, toFileLayout, type Safetensors } from '@onestep/nn';
import { readSafetensors } from '@onestep/nn/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { PreconditionedNetwork, settingsFromPublished } from '../src/index.js';
import { startTestBackend, TEST_BACKEND } from '../../../test-support/backend.js';
import {
  FIXTURES,
  hasFixtures,
  imagesFrom,
  matrixFrom,
  relativeError,
  toFileOrder,
  withPrefix,
} from '../../../test-support/fixtures.js';

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

/** The inputs of a fixture, of its first `count` images. */
function inputsOf({ tensors }: Safetensors, count: number) {
  const images = (name: string) => tf.slice(imagesFrom(tensors[name]!), 0, count);
  const rows = (name: string) => tensors[name] && tf.slice(matrixFrom(tensors[name]), 0, count);
  return {
    x: new Parameter(images('x')),
    cotangent: images('cotangent'),
    sigma: tf.tensor1d((tensors.sigma!.data as Float32Array).slice(0, count)),
    conditions: { labels: rows('class_labels'), augmentLabels: rows('augment_labels') },
  };
}

/** Runs a fixture forward and backward; relative errors of the output and of the gradients, by name. */
async function errorsOf(file: string, count: number, withParameters: boolean) {
  const fixture = await readSafetensors(`${FIXTURES}networks/${file}`);
  const network = networkOf(fixture);
  const { x, cotangent, sigma, conditions } = inputsOf(fixture, count);
  const named = withParameters ? network.namedParameters() : new Map<string, Parameter>();
  const { grads, aux } = lossAndGrads(() => {
    const y = network.denoise(x.variable as tf.Tensor as tf.Tensor4D, sigma, conditions);
    return { loss: tf.sum(tf.mul(y, cotangent)) as tf.Scalar, aux: { y } };
  }, [x, ...named.values()]);

  const expected = (name: string) => fixture.tensors[name]!.data as Float32Array;
  const firstImages = (name: string) => expected(name).subarray(0, x.variable.size);
  const output = relativeError(await toFileOrder(aux.y as tf.Tensor4D), firstImages('y'));
  const gradients = { x: relativeError(await toFileOrder(grads[0] as tf.Tensor4D), firstImages('grad.x')) };
  for (const [i, [name, { layout }]] of [...named].entries()) {
    const grad = grads[i + 1]!;
    const inFileLayout = toFileLayout((await grad.data()) as Float32Array, grad.shape, layout);
    Object.assign(gradients, { [name]: relativeError(inFileLayout, expected(`grad.${name}`)) });
  }
  return { output, gradients };
}

// Skipped where the folder of reference numbers is not there.
describe.skipIf(!hasFixtures)('networks against the published implementation', () => {
  beforeAll(startTestBackend);

  const files = hasFixtures ? readdirSync(`${FIXTURES}networks`) : [];
  // The plain JavaScript backend takes a minute for some of these: there, only one network of each kind is
  // differentiated with respect to all its parameters, and the others to the first image.
  const isSlow = TEST_BACKEND === 'cpu';
  const COMPLETE_ON_CPU = ['ddpmpp-edm-label0-aug9-16x16x3.safetensors', 'ncsnpp-edm-label10-aug9-16x16x3.safetensors'];

  it.each(files)('%s: output and gradients', async (file) => {
    const complete = !isSlow || COMPLETE_ON_CPU.includes(file);
    const { output, gradients } = await errorsOf(file, complete ? 4 : 1, complete);
    const worst = Object.entries(gradients).sort(([, a], [, b]) => b - a);
    if (process.env.ONESTEP_PRINT_ERRORS) console.log(file, output, worst.slice(0, 2));
    expect(output).toBeLessThan(OUTPUT_TOLERANCE);
    expect(worst.filter(([, error]) => !(error < GRADIENT_TOLERANCE))).toEqual([]);
  });

  it.runIf(TEST_BACKEND === 'ort')('none of their operations needed a CPU kernel', () => {
    const engine = tf.backend() as unknown as { counters(): { fallbacks: object } };
    expect(engine.counters().fallbacks).toEqual({});
  });
});
