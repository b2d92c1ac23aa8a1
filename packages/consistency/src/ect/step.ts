import * as tf from '@tensorflow/tfjs-core';
import { momentsFromSums, perImage, withoutGradient, type Denoiser, type StepStats } from '@onestep/diffusion-core';
import { ConsistencyGenerator } from '../consistency-generator.js';
import type { StatsScale, StudentInputs, StudentStep, StudentSums } from '../training/student-step.js';
import { keepValid } from '../training/valid-images.js';
import { consistencyTarget, huberDistance, weightedLoss, type Points } from './loss.js';
import type { EctOptions } from './options.js';
import { gapShareAt, type GapSchedule } from './schedule.js';
import { logNormalTimes, timesBefore } from './times.js';

/**
 * ECT (Geng et al. 2024): f(x_t, t) learns f(x_r, r), where x_t = y + t n and x_r = y + r n have the same noise, and r
 * approaches t stage by stage. In the training f is the denoiser itself.
 */
export const ectStep: StudentStep<EctOptions, ConsistencyGenerator> = {
  name: 'ect',
  student: (network, options) => new ConsistencyGenerator(network, options),
  draws: { t: logNormalTimes },
  schedule: (progress, options) => ({ gapShare: gapShareAt(progress, options) }),
  loss(inputs, { teacher, student: { network } }, options) {
    const { images, labels, augmentLabels, draws, schedule, masks } = inputs;
    const t = draws.t as tf.Tensor1D;
    const points: Points = { t, ...timesBefore(t, schedule.gapShare!, options) };
    const conditions = { labels, augmentLabels };
    const xt = noisyImages(inputs, t);
    const denoised = network.denoise(xt, t, { ...conditions, rng: masks[0] });
    const toLearn = consistencyTarget(points.r, images, (r) => {
      const xr = options.useCd ? eulerStep(teacher, { xt, t, r }, inputs) : noisyImages(inputs, r);
      return network.denoise(xr, r, { ...conditions, rng: masks[1] });
    });
    const { predicted, target, valid } = keepValid(denoised, toLearn);
    return { ...weightedLoss(huberDistance(predicted, target, options.c), points, options.weighting), valid };
  },
  stats: consistencyStats,
};

/** y + t n. */
export function noisyImages({ images, noise }: Pick<StudentInputs, 'images' | 'noise'>, t: tf.Tensor1D): tf.Tensor4D {
  return tf.add(images, tf.mul(perImage(t), noise));
}

/** x_t + (r - t) (x_t - D(x_t; t)) / t: a step of the teacher's ODE, Eq. (1), Karras et al. 2022. */
function eulerStep(
  teacher: Denoiser,
  { xt, t, r }: { xt: tf.Tensor4D; t: tf.Tensor1D; r: tf.Tensor1D },
  { labels }: StudentInputs,
): tf.Tensor4D {
  return withoutGradient(() => {
    const denoised = teacher.denoise(xt, t, { labels });
    const share = perImage(tf.div(r, t));
    return tf.add(tf.mul(share, xt), tf.mul(tf.sub(1, share), denoised)) as tf.Tensor4D;
  });
}

/** Mean and spread of the losses, the mean distance of an image from its target, and the published `ratio`. */
export function consistencyStats(
  { losses, squares, distances }: StudentSums,
  { batch, pixels, progress }: StatsScale,
  options: GapSchedule,
): StepStats {
  return {
    'Loss/loss': momentsFromSums(batch, losses, squares!),
    Target_distance: distances! / batch / Math.sqrt(pixels),
    Ratio: 1 - gapShareAt(progress, options),
  };
}
