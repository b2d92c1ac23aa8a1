import * as tf from '@tensorflow/tfjs-core';
import { ConsistencyGenerator } from '@onestep/consistency';
import { generateByRenoising, karrasSigma } from '@onestep/diffusion-core';
import { tensorOf, TOLERANCES, type Check, type Comparison, type FixtureFile } from '../check.js';
import { networkInFile, parseObject } from '../fixture-network.js';
import { imagesFrom, relativeError, toFileOrder } from '../fixture-tensors.js';

/** Consistency sampling in one, two and four steps, of consistency_models (clipped and not) and of ECT. */
export const consistencySampling: Check = {
  name: 'consistency-sampling',
  recognizes: ({ metadata }) => metadata.method === 'multistep consistency sampling',
  async compare(file) {
    const network = await networkInFile({ ...file, metadata: { ...file.metadata, precond: 'edm' } }, { dropout: 0 });
    const comparisons: Comparison[] = [];
    for (const { run, draws, ...sampling } of [...consistencyModelsRuns(file), ...ectRuns(file)]) {
      const generator = new ConsistencyGenerator(network, { ...sampling, initSigma: sampling.levels[0]! });
      const images = await toFileOrder(sample(file, generator, draws, sampling));
      const error = relativeError(images, tensorOf(file, `${run}.images`).data as Float32Array);
      comparisons.push({ quantity: run, error, tolerance: TOLERANCES.output });
    }
    network.dispose();
    return comparisons;
  },
};

/** How the images of a run were made. */
interface Sampling {
  levels: readonly number[];
  /** epsilon of the network's scalings. */
  boundary: number;
  /** epsilon in the scale of the noise. */
  noiseBoundary: number;
  /** After which steps images are clipped. */
  clips: 'each' | 'last' | 'none';
}

interface Run extends Sampling {
  run: string;
  /** The run whose draws it has. */
  draws: string;
}

/** Steps are places on a grid of the noise levels; at the last one, which has no noise, the network is not evaluated. */
function consistencyModelsRuns({ metadata }: FixtureFile): Run[] {
  const runs = parseObject('runs', metadata.runs ?? '') as Record<string, { steps: number; ts?: number[] }>;
  const boundary = Number(metadata.sigma_min);
  return Object.entries(runs).flatMap(([run, { steps, ts = [0, steps - 1] }]) => {
    const levels = ts.slice(0, -1).map((place) => karrasSigma(place / (steps - 1)));
    const sampling = { levels, boundary, noiseBoundary: boundary, draws: run };
    return [
      { ...sampling, run, clips: 'each' },
      { ...sampling, run: `${run}-unclipped`, clips: 'last' },
    ];
  });
}

/** ECT adds noise of the whole level, and its scalings have an epsilon that consistency_models does not have. */
function ectRuns({ metadata }: FixtureFile): Run[] {
  const runs = parseObject('ect_runs', metadata.ect_runs ?? '') as Record<string, number[]>;
  return Object.entries(runs).map(([run, middle]) => ({
    run,
    draws: run,
    levels: [Number(metadata.ect_t_max), ...middle],
    boundary: 0.003,
    noiseBoundary: 0,
    clips: 'none',
  }));
}

function sample(
  file: FixtureFile,
  generator: ConsistencyGenerator,
  draws: string,
  { levels, noiseBoundary, clips }: Sampling,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [z, ...noise] = levels.map((_, step) => {
      const { shape, data } = tensorOf(file, `${draws}.random.${step}`);
      // Some noise of ECT is float64.
      return imagesFrom({ shape, data: Float32Array.from(data as Float32Array) });
    });
    return generateByRenoising({
      predict: (x, sigma) => generator.consistency(x, sigma),
      z: z!,
      levels,
      noise,
      boundary: noiseBoundary,
      edit(images, step) {
        const isClipped = clips === 'each' || (clips === 'last' && step === levels.length - 1);
        return isClipped ? tf.clipByValue(images, -1, 1) : images;
      },
    });
  });
}
