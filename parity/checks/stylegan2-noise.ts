import * as tf from '@tensorflow/tfjs-core';
import { GeneratorNetwork, generatorSettings } from '@onestep/stylegan2';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { imagesFrom, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { STYLEGAN2_TOLERANCES } from './stylegan2-comparisons.js';
import { generatorInputs } from './stylegan2-generators.js';

interface Run {
  noise_mode: 'none' | 'const' | 'random';
  truncation_psi: number;
  truncation_cutoff: number | null;
  /** Numbers of the noise images, `random.<i>`. */
  draws: number[];
}

/** StyleGAN2's noise inputs and truncation: ws and images of every run, and the average of w after a training pass. */
export const stylegan2Noise: Check = {
  name: 'stylegan2-noise',
  recognizes: ({ metadata }) => metadata.kwargs !== undefined && metadata.runs?.includes('truncation_psi') === true,
  compare: compareRuns,
};

async function compareRuns(file: FixtureFile): Promise<Comparison[]> {
  const { output: tolerance } = STYLEGAN2_TOLERANCES;
  const network = new GeneratorNetwork(
    generatorSettings(JSON.parse(file.metadata.kwargs!) as object as Record<string, unknown>),
    null,
  );
  const { mapping, synthesis } = network;
  network.loadStateDict(withPrefix(file.tensors, 'param.'));
  const { z, labels } = generatorInputs(file.tensors);
  const comparisons: Comparison[] = [];
  const compare = (quantity: string, actual: ArrayLike<number>, name: string) =>
    comparisons.push({ quantity, error: relativeError(actual, tensorOf(file, name).data as Float32Array), tolerance });
  const runs = Object.entries(JSON.parse(file.metadata.runs!) as Record<string, Run>);
  for (const [name, { noise_mode, truncation_psi: psi, truncation_cutoff: cutoff, draws }] of runs) {
    const { ws, images } = tf.tidy(() => {
      const ws = mapping.broadcast(mapping.map(z, labels), { psi, cutoff });
      const drawn = draws.map((i) => imagesFrom(tensorOf(file, `random.${i}`)));
      const noise = { none: null, const: synthesis.constNoise(), random: drawn }[noise_mode];
      return { ws, images: synthesis.synthesize(ws, noise) };
    });
    compare(`${name}: w`, (await ws.data()) as Float32Array, `${name}.w`);
    compare(`${name}: images`, await toFileOrder(images), `${name}.image`);
    tf.dispose([ws, images]);
  }
  if ('train.w_avg_after' in file.tensors) {
    const average = tf.tidy(() => mapping.averageAfter(mapping.map(z, labels)));
    compare('average of w after a training pass', (await average.data()) as Float32Array, 'train.w_avg_after');
    average.dispose();
  }
  network.dispose();
  tf.dispose([z, labels ?? []]);
  return comparisons;
}
