import { atOnce, type PairBatch, type PairBatchSource, type RegressionDistanceName } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { kd } from '@onestep/kd';
import { clipByGlobalNorm } from '@onestep/nn';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork } from '../fixture-network.js';
import { hostImages, imagesFrom, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { ADVERSARIAL_TOLERANCES, compareChanges, compareGradients, globalNorm } from './network-changes.js';

/** Some iterations of KD, once for each loss in the file. */
export const kdTraining: Check = {
  name: 'kd',
  recognizes: ({ metadata }) => metadata.method === 'kd',
  async compare(file) {
    const comparisons: Comparison[] = [];
    for (const [run, loss] of Object.entries(LOSSES)) comparisons.push(...(await compareRun(file, run, loss)));
    return comparisons;
  },
};

/** The losses by their names in files. */
const LOSSES: Record<string, RegressionDistanceName> = { l2: 'l2', l1: 'l1', huber: 'pseudo-huber' };

async function compareRun(file: FixtureFile, run: string, loss: RegressionDistanceName): Promise<Comparison[]> {
  const weights = withPrefix(file.tensors, 'teacher.');
  const teacher = await fixtureNetwork(file.metadata, weights, { dropout: 0 });
  const options = { ...readOptions(file), loss };
  const method = kd.create({ teacher, pairs: new PairsInFile(file, teacher), options });
  const comparisons: Comparison[] = [];
  for (let iteration = 0; `${run}.iter${iteration}.loss` in file.tensors; iteration++) {
    const add = (
      name: string,
      actual: ArrayLike<number>,
      tolerance: number,
      key = `${run}.iter${iteration}.${name}`,
    ) => {
      const expected = tensorOf(file, key).data as Float32Array;
      const quantity = `${run} ${name.replaceAll('_', ' ')}, step ${iteration + 1}`;
      comparisons.push({ quantity, error: relativeError(actual, expected), tolerance });
    };
    const pair = {
      z: noise(file, iteration),
      y: imagesFrom(tensorOf(file, `pair.${iteration}.image`)),
      labels: undefined,
    };
    if (iteration === 0) {
      const images = await toFileOrder(method.student.generate(pair.z));
      add('generator_image', images, ADVERSARIAL_TOLERANCES.image, 'iter0.generator_image');
    }
    const { grads } = atOnce(method.gradients([pair]));
    const clipped = clipByGlobalNorm(grads, options.clipGradNorm);
    add('generator_grad_norm', [await globalNorm(grads)], ADVERSARIAL_TOLERANCES.norm);
    add('generator_grad_norm_clipped', [await globalNorm(clipped)], ADVERSARIAL_TOLERANCES.norm);
    const expected = withPrefix(file.tensors, `${run}.iter${iteration}.generator_grad.`);
    if (Object.keys(expected).length > 0) {
      comparisons.push(...(await compareGradients(`${run} generator`, method.student.module, clipped, expected)));
    }
    const stats = await method.step(iteration * options.batch);
    add('loss', [stats['G_Loss/loss'] as number], ADVERSARIAL_TOLERANCES.loss);
  }
  const after = withPrefix(file.tensors, `${run}.after.generator.`);
  comparisons.push(...(await compareChanges(`${run} generator`, method.student.module, weights, after)));
  return comparisons;
}

const noise = (file: FixtureFile, iteration: number) => imagesFrom(tensorOf(file, `pair.${iteration}.noise`));

/** The pairs of a file, batch by batch. */
class PairsInFile implements PairBatchSource {
  readonly imgResolution: number;
  readonly imgChannels: number;
  readonly labelDim: number;
  private drawn = 0;

  constructor(
    private readonly file: FixtureFile,
    { imgResolution, imgChannels, labelDim }: PreconditionedNetwork,
  ) {
    this.imgResolution = imgResolution;
    this.imgChannels = imgChannels;
    this.labelDim = labelDim;
  }

  async next(count: number): Promise<PairBatch> {
    const of = (name: string) => hostImages(tensorOf(this.file, `pair.${this.drawn}.${name}`));
    const batch = { noise: of('noise'), images: of('image'), labels: null, count };
    this.drawn += 1;
    return batch;
  }

  state(): unknown {
    return this.drawn;
  }

  restore(state: unknown): void {
    this.drawn = state as number;
  }
}

/** Reads the options of the run. @throws naming the metadata entry that is not a number */
function readOptions({ metadata }: FixtureFile) {
  const number = (name: string) => {
    const value = Number(metadata[name]);
    if (Number.isFinite(value)) return value;
    throw new Error(`The metadata entry ${name} must be a number, not ${String(metadata[name])}.`);
  };
  const [gBeta1, gBeta2] = JSON.parse(metadata.betas ?? '[]') as [number, number];
  return {
    batch: number('batch'),
    initSigma: number('sigma_generator'),
    glr: number('lr_generator'),
    weightDecay: number('weight_decay'),
    clipGradNorm: number('max_grad_norm_generator'),
    gBeta1,
    gBeta2,
  };
}
