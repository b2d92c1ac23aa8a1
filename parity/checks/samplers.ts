import * as tf from '@tensorflow/tfjs-core';
import {
  ablationSampler,
  edmSampler,
  type AblationSamplerOptions,
  type Denoiser,
  type EdmSamplerOptions,
} from '@onestep/diffusion-core';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { networkInFile } from '../fixture-network.js';
import { hostImages, relativeError, toFileOrder } from '../fixture-tensors.js';
import { statedSamplerOptions } from '../sampler-options.js';

/** Images sampled from the latents and the noise in the file. */
export const samplers: Check = {
  name: 'samplers',
  recognizes: ({ tensors }) => 'latents' in tensors && runsOf({ tensors }).length > 0,
  compare: compareSamplers,
};

/** The stochastic settings published for CIFAR-10, VP (Table 5, Karras et al. 2022). */
const CHURN: EdmSamplerOptions = { sChurn: 30, sMin: 0.01, sMax: 1, sNoise: 1.007 };
/** Options of ablation runs, for a file that does not state them. */
const ABLATION = { euler: { sChurn: 5 }, heun: { alpha: 0.9 } };

async function compareSamplers(file: FixtureFile): Promise<Comparison[]> {
  const network = await networkInFile(file);
  const comparisons: Comparison[] = [];
  try {
    for (const run of runsOf(file)) {
      const images = await sample(network, file, run);
      const error = relativeError(images, tensorOf(file, `${run}.images`).data as Float32Array);
      const group = run.startsWith('ablation') ? 'ablation runs' : undefined;
      comparisons.push({ quantity: run, error, tolerance: TOLERANCES.samplerImages, group });
    }
  } finally {
    network.dispose();
  }
  return comparisons;
}

function runsOf({ tensors }: Pick<FixtureFile, 'tensors'>): string[] {
  const names = Object.keys(tensors).filter((name) => name.endsWith('.images'));
  return names.map((name) => name.slice(0, -'.images'.length));
}

/**
 * Runs the sampler that a run is named after.
 *
 * @returns images in the file's order
 */
async function sample(denoiser: Denoiser, file: FixtureFile, run: string): Promise<Float32Array> {
  const latents = tensorOf(file, 'latents');
  const draws = drawsOf(file, run);
  let step = 0;
  const args = { denoiser, latents: hostImages(latents), noise: () => draws[step++]! };
  const [kind, solver, discretization, schedule, scaling] = run.split('-') as [string, 'euler', 'edm', 'vp', 'none'];
  const stated = statedSamplerOptions(file.metadata, run, solver);
  let sampled;
  if (kind === 'edm') {
    const options = { ...(solver === ('churn' as string) ? CHURN : {}), ...stated, steps: draws.length };
    sampled = await edmSampler({ ...args, options });
  } else if (kind === 'ablation') {
    const choices: AblationSamplerOptions = { solver, discretization, schedule, scaling, steps: draws.length };
    sampled = await ablationSampler({ ...args, options: { ...ABLATION[solver], ...stated, ...choices } });
  } else {
    throw new Error(`Unknown sampler in the run ${run}.`);
  }
  return hostToFileOrder(sampled.images, latents.shape);
}

/** Reads the noise of each step. */
function drawsOf(file: FixtureFile, run: string): Float32Array[] {
  const { shape, data } = tensorOf(file, `${run}.random`);
  const [steps, ...batch] = shape as [number, ...number[]];
  const size = data.length / steps;
  return Array.from({ length: steps }, (_, i) =>
    hostImages({ shape: batch, data: (data as Float32Array).slice(i * size, (i + 1) * size) }),
  );
}

/**
 * Converts host values from NHWC to NCHW.
 *
 * @param shape of the file's batch, [N, C, H, W]
 */
async function hostToFileOrder(images: Float64Array, shape: readonly number[]): Promise<Float32Array> {
  const [n, c, h, w] = shape as [number, number, number, number];
  const batch = tf.tensor4d(Float32Array.from(images), [n, h, w, c]);
  const values = await toFileOrder(batch);
  batch.dispose();
  return values;
}
