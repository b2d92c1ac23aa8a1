import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';
import { consistencyTarget, huberDistance, weightedLoss } from '../ect/loss.js';
import { gapShareAt } from '../ect/schedule.js';
import { noisyImages } from '../ect/step.js';
import { timesBefore } from '../ect/times.js';
import type { Progress, StudentStep } from '../training/student-step.js';
import { keepValid } from '../training/valid-images.js';
import { boundaries, boundaryCount, stageOf, times } from './draws.js';
import type { TcmOptions } from './options.js';
import { TruncatedGenerator } from './truncated-generator.js';

/**
 * TCM (Lee et al. 2024), the truncated training: f is the network of the first stage, frozen, below the time t', and the student
 * from t' on. The student learns f(x_r, r) at times t >= t', and at the boundary t = t' alone what the frozen network says.
 *
 * The first stage is ECT at all times, in which t' counts as 0.
 */
export const tcmStep: StudentStep<TcmOptions, TruncatedGenerator> = {
  name: 'tcm',
  student: (network, options) => new TruncatedGenerator(network, options),
  copies: () => ['frozen'],
  draws: { t: times, boundary: boundaries },
  passes: 3,
  stage: stageOf,
  beginStage({ student, copies, averaged }) {
    copies.frozen!.module.copyFrom(averaged.module);
    student.module.copyFrom(averaged.module);
  },
  schedule(progress, options) {
    const isTruncated = stageOf(progress, options) === 1;
    const { batch, transition, boundaryWeight } = options;
    const count = isTruncated ? boundaryCount(options) : 0;
    return {
      gapShare: tcmGapShare(progress, options),
      transition: isTruncated ? transition : 0,
      // L = mean of the others + w_b mean at the boundary, as factors in a mean over the batch.
      otherFactor: batch / (batch - count),
      boundaryFactor: count === 0 ? 0 : (boundaryWeight * batch) / count,
    };
  },
  loss(inputs, { student: { network }, copies }, options) {
    const { images, labels, augmentLabels, draws, schedule, masks } = inputs;
    const isBoundary = tf.cast(draws.boundary!, 'bool');
    const { transition, otherFactor, boundaryFactor } = schedule;
    const t = tf.where(isBoundary, tf.mul(tf.onesLike(draws.t!), transition!), draws.t!) as tf.Tensor1D;
    const points = { t, ...timesBefore(t, schedule.gapShare!, options) };
    const conditions = { labels, augmentLabels };
    const denoised = network.denoise(noisyImages(inputs, t), t, { ...conditions, rng: masks[0] });
    const toLearn = consistencyTarget(points.r, images, (r) => {
      const xr = noisyImages(inputs, r);
      const frozen = copies.frozen!.network.denoise(xr, r, { ...conditions, rng: masks[1] });
      const current = network.denoise(xr, r, { ...conditions, rng: masks[2] });
      return tf.where(tf.less(perImage(r), transition!), frozen, current);
    });
    const { predicted, target, valid } = keepValid(denoised, toLearn);
    const { losses, measures } = weightedLoss(huberDistance(predicted, target, options.c), points, options.weighting);
    const factors = tf.where(isBoundary, tf.mul(tf.onesLike(t), boundaryFactor!), tf.mul(tf.onesLike(t), otherFactor!));
    const combined = tf.mul(losses, factors) as tf.Tensor1D;
    const boundaries = draws.boundary as tf.Tensor1D;
    const boundary = tf.mul(losses, boundaries) as tf.Tensor1D;
    const consistency = tf.sub(losses, boundary) as tf.Tensor1D;
    return { losses: combined, measures: { ...measures, consistency, boundary, boundaries }, valid };
  },
  stats({ losses, distances, consistency, boundary, boundaries }, { batch, pixels, progress }, options) {
    const hasBoundary = stageOf(progress, options) === 1 && boundaryCount(options) > 0;
    return {
      'Loss/loss': losses / batch,
      'Loss/consistency': consistency! / (batch - boundaries!),
      ...(hasBoundary && { 'Loss/boundary': boundary! / boundaries! }),
      Target_distance: distances! / batch / Math.sqrt(pixels),
      Ratio: 1 - tcmGapShare(progress, options),
    };
  },
};

/** The gap's share of t: ECT's in the first stage, and then that at the bound of the ratio. */
function tcmGapShare(progress: Progress, options: TcmOptions): number {
  const isTruncated = stageOf(progress, options) === 1;
  return isTruncated ? 1 - options.ratioLimit! : gapShareAt(progress, options);
}
