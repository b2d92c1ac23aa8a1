import type * as tf from '@tensorflow/tfjs-core';
import { INCEPTION_LAYERS, InceptionNetwork, inceptionShapes, type InceptionLayer } from '@onestep/metrics';
import type { HostTensor, StateDict } from '@onestep/checkpoint';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { imagesFrom, relativeError } from '../fixture-tensors.js';
import { formulaValues } from '../formula-weights.js';

const IMAGES = /^images(.*)$/;
/** The layers of the published PyTorch networks, which have no spatial features. */
const LAYERS = (Object.keys(INCEPTION_LAYERS) as InceptionLayer[]).filter((layer) => layer !== 'spatial');

/** Features of the Inception network with formula weights, for the images in the file. */
export const inception: Check = {
  name: 'inception',
  recognizes: ({ tensors }) =>
    Object.keys(tensors).some((name) => IMAGES.test(name) && name.replace(IMAGES, 'features$1.2048') in tensors),
  compare: compareInception,
};

async function compareInception(file: FixtureFile): Promise<Comparison[]> {
  const network = new InceptionNetwork(inceptionFormulaWeights());
  const comparisons: Comparison[] = [];
  for (const name of Object.keys(file.tensors).filter((key) => IMAGES.test(key))) {
    const layers = network.forward(pixelsFrom(tensorOf(file, name)), LAYERS);
    for (const layer of LAYERS) {
      const quantity = name.replace(IMAGES, `features$1.${layer}`);
      const error = relativeError(await layers[layer].data(), tensorOf(file, quantity).data as Float32Array);
      comparisons.push({ quantity, error, tolerance: TOLERANCES.inceptionFeatures });
    }
  }
  network.dispose();
  return comparisons;
}

/** Computes the formula weights of the detector, as the README of the fixtures defines them. */
export function inceptionFormulaWeights(): StateDict {
  const weights = [...inceptionShapes()].map(([name, shape]): [string, HostTensor] => {
    const size = shape.reduce((a, b) => a * b, 1);
    const value = formulaFor(name, size / shape[0]!);
    return [name, { shape: [...shape], data: formulaValues(name, size, value) }];
  });
  return Object.fromEntries(weights);
}

function formulaFor(name: string, perOutput: number): (u: number) => number {
  const scale = Math.sqrt(6 / perOutput);
  if (/(conv|fc)\.weight$/.test(name)) return (u) => (2 * u - 1) * scale;
  if (name.endsWith('bn.weight')) return (u) => 1 + 0.2 * (2 * u - 1);
  if (name.endsWith('bn.running_var')) return (u) => 1 + 0.5 * u;
  return (u) => 0.1 * (2 * u - 1);
}

/** Converts uint8 NCHW to float32 NHWC. */
function pixelsFrom({ shape, data }: HostTensor): tf.Tensor4D {
  return imagesFrom({ shape, data: Float32Array.from(data as Uint8Array) });
}
