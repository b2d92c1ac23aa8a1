import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { lossAndGrads } from '@onestep/nn';
import { GeneratorNetwork, generatorSettings } from '@onestep/stylegan2';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { imagesFrom, matrixFrom, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { compareGradients, STYLEGAN2_TOLERANCES } from './stylegan2-comparisons.js';

const { output: tolerance } = STYLEGAN2_TOLERANCES;

/** StyleGAN2's generator forward and backward: w, images with and without truncation, gradients of all parameters. */
export const stylegan2Generators: Check = {
  name: 'stylegan2-generators',
  recognizes: ({ tensors, metadata }) =>
    metadata.kwargs !== undefined && ['z', 'w', 'image', 'cotangent'].every((name) => name in tensors),
  compare: compareGenerator,
};

async function compareGenerator(file: FixtureFile): Promise<Comparison[]> {
  const network = new GeneratorNetwork(
    generatorSettings(JSON.parse(file.metadata.kwargs!) as object as Record<string, unknown>),
    null,
  );
  network.loadStateDict(withPrefix(file.tensors, 'param.', 'buffer.'));
  const { z, labels } = generatorInputs(file.tensors);
  const cotangent = imagesFrom(tensorOf(file, 'cotangent'));
  const parameters = network.namedParameters();
  const noise = network.synthesis.constNoise();
  const { loss, grads, aux } = lossAndGrads(() => {
    const w = network.mapping.broadcast(network.mapping.map(z, labels));
    const image = network.synthesis.synthesize(w, noise);
    return { loss: tf.sum(tf.mul(image, cotangent)) as tf.Scalar, aux: { w, image } };
  }, [...parameters.values()]);
  const truncated = tf.tidy(() =>
    network.synthesis.synthesize(network.mapping.broadcast(network.mapping.map(z, labels), { psi: 0.7 }), noise),
  );
  const error = (actual: Float32Array, name: string) =>
    relativeError(actual, tensorOf(file, name).data as Float32Array);
  const comparisons = [
    { quantity: 'w', error: error((await aux.w.data()) as Float32Array, 'w'), tolerance },
    { quantity: 'images', error: error(await toFileOrder(aux.image as tf.Tensor4D), 'image'), tolerance },
    { quantity: 'truncated images', error: error(await toFileOrder(truncated), 'image_psi0.7'), tolerance },
    ...(await compareGradients('gradient', parameters, grads, withPrefix(file.tensors, 'grad.'))),
  ];
  network.dispose();
  tf.dispose([z, labels ?? [], cotangent, noise, loss, grads, aux, truncated]);
  return comparisons;
}

/** The inputs of a generator in a fixture. */
export function generatorInputs(tensors: StateDict): { z: tf.Tensor2D; labels: tf.Tensor2D | undefined } {
  const { z, c } = tensors;
  return { z: matrixFrom(z!), labels: c === undefined || c.shape[1] === 0 ? undefined : matrixFrom(c) };
}
