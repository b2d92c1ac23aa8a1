import type * as tf from '@tensorflow/tfjs-core';
import { permuteAxes } from '@onestep/checkpoint';
import { emaDecayOf, emaLengths, LabelPrior, type ImageBatch } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { Adam, updateEma } from '@onestep/nn';
import { sida, sidaStep, sidSigmas, type SidaOptions } from '@onestep/sid';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork } from '../fixture-network.js';
import { relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { trainingSettings } from './distillation-training.js';
import { ADVERSARIAL_TOLERANCES, compareChanges, compareGradients, globalNorm } from './network-changes.js';
import { readClasses, readDraws, trainingPlan } from './training-draws.js';

/** Some iterations of SiDA, on both sides of its two gates. */
export const sidaTraining: Check = {
  name: 'sida',
  recognizes: ({ metadata }) => metadata.method === 'sida',
  compare,
};

/** Sums over a batch, in the order of the losses of the two phases. */
const SCORE_SUMS = ['denoising', 'discriminator'];
const STUDENT_SUMS = ['sid', 'gan', 'Score_gap', 'Teacher_distance', 'Loss_weight', 'NaN_samples'];

async function compare(file: FixtureFile): Promise<Comparison[]> {
  const { tensors, metadata } = file;
  const weights = withPrefix(tensors, 'teacher.');
  const teacher = await fixtureNetwork(metadata, weights, { dropout: 0 });
  const options = sida.settle(readOptions(file));
  const method = sida.create({ teacher, options, data: NO_DATA });
  const { student, fakeScore, uploads } = method;
  const plan = trainingPlan(file);
  const classes = readClasses(file, plan, { labelDim: teacher.labelDim, sharesLabels: false });
  const adams = {
    fakeScore: new Adam(fakeScore.module.namedParameters(), { beta1: 0 }),
    generator: new Adam(student.module.namedParameters(), { beta1: options.gBeta1 }),
  };
  const comparisons: Comparison[] = [];

  for (const [iteration, imagesSeen] of (JSON.parse(metadata.cur_nimg ?? '[]') as number[]).entries()) {
    const progress = { imagesSeen, iteration };
    const add = (name: string, actual: ArrayLike<number>, tolerance: number) => {
      const expected = tensorOf(file, `iter${iteration}.${name}`).data as Float32Array;
      const quantity = `${name.replaceAll('_', ' ')}, step ${iteration + 1}`;
      comparisons.push({ quantity, error: relativeError(actual, expected), tolerance });
    };
    const addImages = async (name: string, images: tf.Tensor4D) =>
      add(name, await toFileOrder(images), ADVERSARIAL_TOLERANCES.image);
    const addNorm = async (name: string, grads: readonly tf.Tensor[]) =>
      add(name, [await globalNorm(grads)], ADVERSARIAL_TOLERANCES.norm);
    const scale = { batch: options.batch, pixels: teacher.imgResolution ** 2 * teacher.imgChannels };
    const draws = readDraws(file, plan, iteration, {
      generatorSigmas: (draw) => sidSigmas(draw, options.tmax),
      classes,
    });

    const real = { batch: realBatch(file, iteration, teacher, classes[iteration]![0]!) };
    const [score] = uploads.upload('fakeScore', draws.score, progress, { real });
    await addImages('score_image', student.generate(score!.z!, score!.labels));
    const ofScore = method.gradients('fakeScore', [score!]);
    const scoreSums = named(SCORE_SUMS, await ofScore.aux.sums.data());
    const scoreStats = sidaStep.fakeScore.stats(scoreSums, scale, options);
    add('score_loss', [scoreStats['fake_score_Loss/loss']!], ADVERSARIAL_TOLERANCES.loss);
    add('discriminator_loss', [scoreStats['D_Loss/loss']!], ADVERSARIAL_TOLERANCES.loss);
    await addNorm('score_grad_norm', ofScore.grads);
    const clipped = sidaStep.fakeScore.clip!(ofScore.grads, options);
    await addNorm('score_grad_norm_clipped', clipped);
    adams.fakeScore.step(clipped, options.lr);

    const [generator] = uploads.upload('generator', draws.generator, progress);
    await addImages('generator_image', student.generate(generator!.z!, generator!.labels));
    const { grads, aux } = method.gradients('generator', [generator!]);
    const stats = sidaStep.generator.stats(named(STUDENT_SUMS, await aux.sums.data()), scale, options);
    add('sid_loss', [stats['G_Loss/loss']!], ADVERSARIAL_TOLERANCES.sidLoss);
    add('generator_gan_loss', [stats['G_gan_Loss/loss']!], ADVERSARIAL_TOLERANCES.loss);
    await addNorm('generator_grad_norm', grads);
    const expected = withPrefix(tensors, `iter${iteration}.generator_grad.`);
    if (Object.keys(expected).length > 0)
      comparisons.push(...(await compareGradients('generator', student.module, grads, expected)));
    if (sidaStep.turns!(progress, options).includes('generator')) adams.generator.step(grads, options.glr);
    updateEma(method.generator.module, student.module, emaDecayOf(emaLengths(options)[0]!)(options.batch, imagesSeen));
  }

  for (const [name, { module }] of [
    ['score', fakeScore],
    ['generator', student],
    ['generator_ema', method.generator],
  ] as const) {
    const expected = withPrefix(tensors, `after.${name}.`);
    if (Object.keys(expected).length === 0) continue;
    comparisons.push(...(await compareChanges(name.replace('_', ' '), module, weights, expected)));
  }
  return comparisons;
}

/** The draws of a file come with its real images. */
const NO_DATA = {
  next: () => Promise.reject(new Error('The real images are in the file.')),
  state: () => null,
  restore: () => undefined,
};

/** Reads the options of the run. @throws naming the metadata entry that is missing or not a number */
function readOptions(file: FixtureFile): Partial<SidaOptions> {
  const { number, options } = trainingSettings(file);
  return {
    ...options,
    alpha: number('alpha'),
    tmax: number('tmax'),
    ls: number('loss_scale_score'),
    lsg: number('loss_scale_generator'),
    lsd: number('loss_scale_discriminator'),
    lsgGan: number('loss_scale_generator_gan'),
    studentFromKimg: number('generator_steps_above_nimg') / 1000,
    ganFromKimg: number('gan_above_nimg') / 1000,
    emaHalfLifeKimg: number('ema_halflife_nimg') / 1000,
    emaRampUpRatio: number('ema_rampup_ratio'),
  };
}

/** The real images of an iteration, with the labels of the generated ones. */
function realBatch(
  file: FixtureFile,
  iteration: number,
  { labelDim }: PreconditionedNetwork,
  classes: Int32Array,
): ImageBatch {
  const { shape, data } = tensorOf(file, `real.${iteration}`);
  const count = shape[0]!;
  const images = Uint8Array.from(permuteAxes(Float32Array.from(data as Uint8Array), shape, [0, 2, 3, 1]));
  return { images, count, labels: labelDim === 0 ? null : new LabelPrior({ labelDim }).vectors(classes) };
}

function named(names: readonly string[], values: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}
