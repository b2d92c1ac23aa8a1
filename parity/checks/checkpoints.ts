import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { toFloat32 } from '@onestep/checkpoint';
import { UNet2D, type DdpmOptions } from '@onestep/ddpm';
import { oneHot, requireDenoiser, type DenoiserNetwork } from '@onestep/diffusion-core';
import { Edm2Network } from '@onestep/edm';
import { openNetwork } from 'onestep';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { imagesFrom, matrixFrom, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';

/** Above it x and sigma epsilon nearly cancel. */
const HIGH_SIGMA = 50;

/** Checkpoints of other projects, opened as any program would, against the outputs of those projects. */
export const checkpoints: Check = {
  name: 'checkpoints',
  recognizes: ({ metadata }) => metadata.folder !== undefined || metadata.file !== undefined,
  compare: compareCheckpoint,
};

async function compareCheckpoint(file: FixtureFile): Promise<Comparison[]> {
  const { tensors, metadata } = file;
  const comparisons: Comparison[] = [];
  const opened = new Map<string | undefined, DenoiserNetwork>();
  /** Compares what the checkpoint's network computes with a tensor of the fixture. */
  const compare = async (
    name: string,
    compute: (network: DenoiserNetwork) => tf.Tensor4D,
    { ddpm, tolerance = TOLERANCES.output }: { ddpm?: DdpmOptions; tolerance?: number } = {},
  ) => {
    if (!(name in tensors)) return;
    const key = JSON.stringify(ddpm);
    const network =
      opened.get(key) ?? requireDenoiser((await openNetwork(checkpointOf(file), { settings: { ddpm } })).network);
    opened.set(key, network);
    const output = tf.tidy(() => compute(network));
    const error = relativeError(await toFileOrder(output), tensors[name]!.data as Float32Array);
    comparisons.push({ quantity: name, error, tolerance });
    output.dispose();
  };
  const images = (name: string) => imagesFrom(tensorOf(file, name));
  const numbers = (name: string) => tf.tensor1d(tensorOf(file, name).data as Float32Array);
  /** D at the noise levels `sigma` of the images `x`, with the first of the labels. */
  const denoise =
    (x: string, sigma: string, withLabels = true) =>
    (network: DenoiserNetwork) =>
      network.denoise(images(x), numbers(sigma), withLabels ? labelsOf(file, network, x) : {});

  const atSteps = async () =>
    compare('y', (network) => rawOutput(network, images('x'), numbers('timesteps'), labelsOf(file, network, 'x')));
  await (tensors.timesteps !== undefined ? atSteps() : compare('y', denoise('x', 'sigma')));
  const isHigh = (tensors['table.sigma']?.data as Float32Array | undefined)?.some((sigma) => sigma > HIGH_SIGMA);
  const tolerance = isHigh === true ? TOLERANCES.highSigma : TOLERANCES.output;
  for (const timesteps of ['nearest', 'interpolated'] as const) {
    const ddpm = { timesteps };
    await compare('table.denoised', denoise('table.x', 'table.sigma'), { ddpm, tolerance });
    const between = timesteps === 'nearest' ? {} : { tolerance: TOLERANCES.betweenSteps };
    await compare(`free.denoised_${timesteps}`, denoise('free.x', 'free.sigma'), { ddpm, ...between });
  }
  for (const scheme of ['edm', 'consistency'] as const) {
    await compare(`denoised_${scheme}`, denoise('x', 'sigma'), { ddpm: { scheme } });
  }
  await compare('raw', (network) => {
    const sigma = numbers('sigma');
    const scaled = tf.div(images('x'), tf.reshape(tf.sqrt(tf.add(tf.square(sigma), 0.25)), [-1, 1, 1, 1]));
    const steps = 'timesteps' in tensors ? numbers('timesteps') : (tf.div(tf.log(sigma), 4) as tf.Tensor1D);
    return rawOutput(network, scaled as tf.Tensor4D, steps, labelsOf(file, network, 'x'));
  });
  await compare('logvar', (network) => {
    if (!(network instanceof Edm2Network)) throw new Error('The network has no log-variance.');
    return tf.reshape(network.logVariance(numbers('sigma')), [-1, 1, 1, 1]);
  });
  comparisons.push(...(await compareState(file)));
  await compare('y_unconditional', denoise('x', 'sigma', false));
  const generate = (network: DenoiserNetwork) => {
    const sigma = Number(metadata.init_sigma);
    const noise = images('noise');
    const level = tf.fill([noise.shape[0]], sigma) as tf.Tensor1D;
    return network.denoise(tf.mul(noise, sigma) as tf.Tensor4D, level, labelsOf(file, network, 'noise'));
  };
  await compare('images', generate);
  await compare('images_zero_augment_labels', generate);
  for (const network of opened.values()) network.module.dispose();
  return comparisons;
}

/** Compares tensors of the checkpoint with those that the fixture holds. */
async function compareState(file: FixtureFile): Promise<Comparison[]> {
  const expected = withPrefix(file.tensors, 'state.');
  if (Object.keys(expected).length === 0) return [];
  const { network } = await openNetwork(checkpointOf(file));
  const actual = await network.module.stateDict();
  network.module.dispose();
  return Object.entries(expected).map(([name, { data }]) => {
    const error = relativeError(toFloat32(actual[name]!), data as Float32Array);
    return { quantity: name, error, tolerance: 0, group: 'tensors, bit by bit' };
  });
}

/** The file or folder next to the fixture. */
function checkpointOf({ path, metadata }: FixtureFile): string {
  return join(dirname(path), metadata.folder ?? metadata.file!);
}

/** The network's own output at time steps, all channels. */
function rawOutput(
  network: DenoiserNetwork,
  x: tf.Tensor4D,
  timesteps: tf.Tensor1D,
  conditions: { labels?: tf.Tensor2D },
): tf.Tensor4D {
  if (network instanceof UNet2D) return network.forward(x, timesteps, conditions);
  if (network instanceof Edm2Network) return network.unet.forward(x, timesteps, conditions);
  throw new Error('The network takes no time steps.');
}

/** The labels of the images `x`: class numbers, of which the first are used, or rows. */
function labelsOf(file: FixtureFile, { labelDim }: DenoiserNetwork, x: string): { labels?: tf.Tensor2D } {
  const labels = file.tensors.class_labels;
  if (labels === undefined) return {};
  if (labels.shape.length === 2) return { labels: matrixFrom(labels) };
  const count = tensorOf(file, x).shape[0]!;
  return { labels: oneHot(Array.from(labels.data as unknown as bigint[], Number).slice(0, count), labelDim) };
}
