import * as tf from '@tensorflow/tfjs-core';
import { INCEPTION_LAYERS, InceptionNetwork, inceptionShapes, type InceptionLayer } from '@onestep/metrics';
import type { HostTensor, StateDict } from '@onestep/checkpoint';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { relativeError } from '../fixture-tensors.js';
import { formulaValues } from '../formula-weights.js';

const IMAGES = /^images(.*)$/;
/** Those of the published PyTorch networks: spatial features are TensorFlow's. */
const LAYERS = (Object.keys(INCEPTION_LAYERS) as InceptionLayer[]).filter((layer) => layer !== 'spatial');

/** Features of the Inception network, whose weights are a formula, for the images in the file. */
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

/** Weights of the detector by formula: the README of the fixtures. */
export function inceptionFormulaWeights(): StateDict {
  const weights = [...inceptionShapes()].map(([name, shape]): [string, HostTensor] => {
    const size = shape.reduce((a, b) => a * b, 1);
    const value = formulaOf(name, size / shape[0]!);
    return [name, { shape: [...shape], data: formulaValues(name, size, value) }];
  });
  return Object.fromEntries(weights);
}

function formulaOf(name: string, perOutput: number): (u: number) => number {
  const scale = Math.sqrt(6 / perOutput);
  if (/(conv|fc)\.weight$/.test(name)) return (u) => (2 * u - 1) * scale;
  if (name.endsWith('bn.weight')) return (u) => 1 + 0.2 * (2 * u - 1);
  if (name.endsWith('bn.running_var')) return (u) => 1 + 0.5 * u;
  return (u) => 0.1 * (2 * u - 1);
}

/** uint8 NCHW as float32 NHWC. */
function pixelsFrom({ shape, data }: HostTensor): tf.Tensor4D {
  return tf.tidy(() =>
    tf.transpose(
      tf.tensor4d(Float32Array.from(data as Uint8Array), shape as [number, number, number, number]),
      [0, 2, 3, 1],
    ),
  );
}
