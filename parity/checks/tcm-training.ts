import { atOnce } from '@onestep/diffusion-core';
import { tcm, tcmStep, noisyImages, timesBefore, truncatedTimes, type TcmOptions } from '@onestep/consistency';
import * as tf from '@tensorflow/tfjs-core';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork, parseObject } from '../fixture-network.js';
import { hostImages, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { Comparisons, CONSISTENCY_LIMITS, NO_DATA, readNumber, ROUNDING, unusedMasks } from './consistency-run.js';
import { compareChanges, compareGradients } from './network-changes.js';

/** Two iterations of TCM's truncated training. */
export const tcmTraining: Check = {
  name: 'tcm',
  recognizes: ({ metadata }) => metadata.method === 'truncated consistency, second stage',
  compare: compareIterations,
};

async function compareIterations(file: FixtureFile): Promise<Comparison[]> {
  const weights = withPrefix(file.tensors, 'teacher.');
  const teacher = await fixtureNetwork(file.metadata, weights, { dropout: 0 });
  const options = tcm.settle(readOptions(file));
  const training = tcm.create({ teacher, data: NO_DATA, options });
  const { student, networks, uploads } = training;
  const frozen = await fixtureNetwork(file.metadata, withPrefix(file.tensors, 'frozen.'), { dropout: 0 });
  networks.copies.frozen!.module.copyFrom(frozen.module);
  const found = new Comparisons(file);
  const { batch } = options;
  for (let iteration = 0; iteration < 2; iteration++) {
    const draw = (index: number) => tensorOf(file, `random.${3 * iteration + index}`);
    const shares = sharesOf(draw(0).data as Float64Array, options);
    const boundary = new Float32Array(batch);
    const count = Math.floor(options.boundaryShare * batch);
    for (const index of Array.from(draw(1).data as BigInt64Array, Number).slice(0, count)) boundary[index] = 1;
    const real = { pixels: hostImages(tensorOf(file, `images.${iteration}`)), labels: null };
    const further = { t: truncatedTimes(shares, options), boundary };
    const draws = { noise: hostImages(draw(2)), masks: unusedMasks(), further };
    const progress = { imagesSeen: iteration * batch, iteration };
    const [inputs] = uploads.upload(real, draws, progress);
    const { losses } = tcmStep.loss({ ...inputs!, masks: uploads.masksOf(0) }, networks, options);
    const t = tf.tensor1d(further.t.map((value, i) => (boundary[i] === 1 ? options.transition : value)));
    const { r } = timesBefore(t, inputs!.schedule.gapShare!, options);
    const values = await losses.data();
    const factor = (i: number) => (boundary[i] === 1 ? options.boundaryWeight / count : 1 / (batch - count)) * batch;
    found.add(`iter${iteration}.t`, await t.data(), CONSISTENCY_LIMITS.times);
    found.add(`iter${iteration}.r`, await r.data(), CONSISTENCY_LIMITS.times);
    const denoised = student.network.denoise(noisyImages(inputs!, t), t);
    found.add(`iter${iteration}.D_yt`, await toFileOrder(denoised), CONSISTENCY_LIMITS.output);
    found.add(
      `iter${iteration}.loss`,
      values.map((value, i) => value / factor(i)),
      CONSISTENCY_LIMITS.loss,
    );
    if (iteration === 0) {
      const { grads } = atOnce(training.gradients([inputs!]));
      const expected = withPrefix(file.tensors, 'iter0.student_grad.');
      found.append(await compareGradients('student', student.module, grads, expected, CONSISTENCY_LIMITS.gradients));
    }
    const stats = await training.stepWith(progress, real, draws);
    for (const [name, statistic] of Object.entries(MEANS)) {
      found.add(`iter${iteration}.mean.${name}`, [stats[statistic] as number], CONSISTENCY_LIMITS.loss);
    }
  }
  const after = withPrefix(file.tensors, 'after.student.');
  found.append(await compareChanges('student', student.module, weights, after, ROUNDING));
  return found.all;
}

/** The means of a file by the statistics that have them. */
const MEANS = { total_loss: 'Loss/loss', cm_loss: 'Loss/consistency', loss_boundary: 'Loss/boundary' };

/**
 * Shares of the truncated distribution from values of the whole one's cumulative probability. With T = sqrt(df) sinh(w) the
 * density of w is proportional to cosh(w)^-df.
 */
function sharesOf(probabilities: Float64Array, options: TcmOptions): number[] {
  const { truncatedDf: df, truncatedMean, truncatedStd, transition, tMax, initSigma } = options;
  const [low, high] = [transition, tMax ?? initSigma].map((t) =>
    Math.asinh((Math.log(t) - truncatedMean) / truncatedStd / Math.sqrt(df)),
  ) as [number, number];
  const half = integrate(df, 0, FAR) + (2 ** df * Math.exp(-df * FAR)) / df;
  const probability = (w: number) => 0.5 + integrate(df, 0, w) / (2 * half);
  const [first, last] = [probability(low), probability(high)];
  return Array.from(probabilities, (p) => (p - first) / (last - first));
}

/** Beyond it cosh(w) is exp(w) / 2 in double precision. */
const FAR = 20;

/** The integral of cosh(w)^-df by Simpson's rule. */
function integrate(df: number, from: number, to: number): number {
  const count = 2000;
  const step = (to - from) / count;
  let sum = 0;
  for (let i = 0; i <= count; i++) {
    const weight = i === 0 || i === count ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.cosh(from + i * step) ** -df;
  }
  return (sum * step) / 3;
}

function readOptions({ metadata }: FixtureFile): Partial<TcmOptions> {
  const { huber_const, weighting_ct_loss } = parseObject('loss', metadata.loss!) as Record<string, never>;
  const { train_p_mean, train_p_std, min_t, max_t, log_t_df } = parseObject('sample_t', metadata.sample_t!) as Record<
    string,
    never
  >;
  const number = (name: string) => readNumber(metadata, name);
  if (Number(min_t) !== number('transition_t')) throw new Error('The lowest time must be transition_t.');
  return {
    ...{ c: huber_const, weighting: weighting_ct_loss, tMax: max_t },
    ...{ truncatedMean: train_p_mean, truncatedStd: train_p_std, truncatedDf: log_t_df },
    firstStageKimg: 0,
    transition: number('transition_t'),
    boundaryShare: number('boundary_prob'),
    boundaryWeight: number('w_boundary'),
    ratioLimit: number('ratio'),
    batch: number('batch'),
    lr: number('lr'),
  };
}
