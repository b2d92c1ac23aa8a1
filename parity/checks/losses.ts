import * as tf from '@tensorflow/tfjs-core';
import { TRAINING_LOSSES } from '@onestep/edm';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { networkInFile } from '../fixture-network.js';
import { imagesFrom, relativeError, toFileOrder } from '../fixture-tensors.js';

type LossName = keyof typeof TRAINING_LOSSES;
const LOSS_NAMES = Object.keys(TRAINING_LOSSES) as LossName[];

/** An unreduced denoising loss, with the random draws in the file. */
export const losses: Check = {
  name: 'losses',
  recognizes: ({ tensors }) => ['images', 'random.0', 'random.1', 'loss'].every((name) => name in tensors),
  compare: compareLoss,
};

async function compareLoss(file: FixtureFile): Promise<Comparison[]> {
  const results: Comparison[] = [];
  for (const name of candidates(file)) {
    const error = relativeError(await unreducedLoss(file, name), tensorOf(file, 'loss').data as Float32Array);
    results.push({ quantity: `${name.toUpperCase()} loss`, error, tolerance: TOLERANCES.loss });
  }
  // A file that does not name its loss agrees with exactly one of them.
  return [results.reduce((best, result) => (result.error < best.error ? result : best))];
}

/** Losses that a file may hold: the one its metadata or name state, otherwise all. */
function candidates({ path, metadata }: FixtureFile): LossName[] {
  const stated = metadata.loss ?? metadata.precond;
  if (stated !== undefined) {
    const found = LOSS_NAMES.find((name) => stated.toLowerCase().startsWith(name));
    if (found === undefined) throw new Error(`Unknown loss '${stated}'. Available: ${LOSS_NAMES.join(', ')}.`);
    return [found];
  }
  const words = path
    .split('/')
    .at(-1)!
    .split(/[^a-z]+/);
  const named = LOSS_NAMES.filter((name) => words.includes(name));
  return named.length > 0 ? named : LOSS_NAMES;
}

async function unreducedLoss(file: FixtureFile, name: LossName): Promise<Float32Array> {
  const network = await networkInFile(file, { scheme: name });
  const loss = TRAINING_LOSSES[name]();
  const sigma = loss.sigmas(tensorOf(file, 'random.0').data as Float32Array);
  const unreduced = tf.tidy(() =>
    loss.evaluate({
      denoiser: network,
      images: imagesFrom(tensorOf(file, 'images')),
      sigma: tf.tensor1d(sigma),
      noise: imagesFrom(tensorOf(file, 'random.1')),
    }),
  );
  const values = await toFileOrder(unreduced);
  unreduced.dispose();
  network.dispose();
  return values;
}
