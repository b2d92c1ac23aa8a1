import * as tf from '@tensorflow/tfjs-core';
import { atOnce, logNormalSigmas } from '@onestep/diffusion-core';
import { ect, ectStep, noisyImages, timesBefore, type EctOptions } from '@onestep/consistency';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork, parseObject } from '../fixture-network.js';
import { hostImages, imagesFrom, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { Comparisons, CONSISTENCY_LIMITS, NO_DATA, readNumber, ROUNDING, unusedMasks } from './consistency-run.js';
import { compareChanges, compareGradients } from './network-changes.js';

/** Images of a stage; the files say which stage they are in. */
const STAGE_KIMG = 1;

/** Two iterations of ECT in each stage that the file has. */
export const ectTraining: Check = {
  name: 'ect',
  recognizes: ({ metadata }) => metadata.method === 'easy consistency tuning',
  async compare(file) {
    const comparisons: Comparison[] = [];
    for (const stage of JSON.parse(file.metadata.stages!) as number[]) {
      comparisons.push(...(await compareStage(file, stage)));
    }
    return comparisons;
  },
};

async function compareStage(file: FixtureFile, stage: number): Promise<Comparison[]> {
  const weights = withPrefix(file.tensors, 'teacher.');
  // The file describes the scalings in a sentence: EDM's in training.
  const teacher = await fixtureNetwork({ ...file.metadata, precond: 'edm' }, weights, { dropout: 0 });
  const options = ect.settle(readOptions(file, stage));
  const training = ect.create({ teacher, data: NO_DATA, options });
  const { student } = training;
  const found = new Comparisons(file, `stage${stage}.`);
  for (let iteration = 0; iteration < 2; iteration++) {
    const draw = (index: number) => tensorOf(file, `stage${stage}.random.${2 * iteration + index}`);
    const t = logNormalSigmas(draw(0).data as Float32Array, { mean: options.pMean, std: options.pStd });
    const real = { pixels: hostImages(tensorOf(file, `stage${stage}.images.${iteration}`)), labels: null };
    const draws = { noise: hostImages(draw(1)), masks: unusedMasks(), further: { t } };
    const progress = { imagesSeen: stage * STAGE_KIMG * 1000 + iteration * options.batch, iteration };
    const [inputs] = training.uploads.upload(real, draws, progress);
    const times = timesBefore(inputs!.draws.t as tf.Tensor1D, inputs!.schedule.gapShare!, options);
    const masks = training.uploads.masksOf(0);
    const { losses } = ectStep.loss({ ...inputs!, masks }, training.networks, options);
    const denoised = student.network.denoise(
      noisyImages(inputs!, inputs!.draws.t as tf.Tensor1D),
      inputs!.draws.t as tf.Tensor1D,
    );
    found.add(`iter${iteration}.t`, t, CONSISTENCY_LIMITS.times);
    found.add(`iter${iteration}.r`, await times.r.data(), CONSISTENCY_LIMITS.times);
    found.add(`iter${iteration}.student_output`, await toFileOrder(denoised), CONSISTENCY_LIMITS.output);
    found.add(`iter${iteration}.loss`, await losses.data(), CONSISTENCY_LIMITS.loss);
    if (iteration === 0) {
      const { grads } = atOnce(training.gradients([inputs!]));
      const expected = withPrefix(file.tensors, `stage${stage}.iter0.student_grad.`);
      found.append(
        await compareGradients(`stage ${stage}`, student.module, grads, expected, CONSISTENCY_LIMITS.gradients),
      );
    }
    await training.stepWith(progress, real, draws);
  }
  const after = (network: string) => withPrefix(file.tensors, `stage${stage}.after.${network}.`);
  found.append(await compareChanges(`stage ${stage} student`, student.module, weights, after('student'), ROUNDING));
  const { generator } = training;
  found.append(await compareChanges(`stage ${stage} average`, generator.module, weights, after('ema'), ROUNDING));
  const x = imagesFrom(tensorOf(file, `stage${stage}.eval.x`));
  const sigma = tf.tensor1d(tensorOf(file, `stage${stage}.eval.sigma`).data as Float32Array);
  const images = {
    'eval.ema_output': generator.consistency(x, sigma),
    'eval.ema_output_in_train_mode': generator.network.denoise(x, sigma),
  };
  for (const [name, values] of Object.entries(images)) {
    found.add(name, await toFileOrder(values), CONSISTENCY_LIMITS.output);
  }
  return found.all;
}

function readOptions({ metadata }: FixtureFile, stage: number): Partial<EctOptions> {
  const { P_mean, P_std, q, c, k, b, adj } = parseObject('loss', metadata.loss!) as Record<string, never>;
  const rates = parseObject('lr', metadata.lr!) as Record<string, number>;
  return {
    ...{ q, c, k, b, mapping: adj, pMean: P_mean, pStd: P_std, stageKimg: STAGE_KIMG },
    batch: readNumber(metadata, 'batch'),
    boundary: readNumber(metadata, 'sigma_min'),
    emaMu: readNumber(metadata, 'ema_beta'),
    lr: rates[stage]!,
  };
}
