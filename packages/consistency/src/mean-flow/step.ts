import * as tf from '@tensorflow/tfjs-core';
import {
  flowVelocity,
  isVelocityNetwork,
  perImage,
  withoutGradient,
  type Conditions,
  type DenoiserNetwork,
  type VelocityNetwork,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import type { StudentInputs, StudentNetworks, StudentStep } from '../training/student-step.js';
import { keepValid } from '../training/valid-images.js';
import { DERIVATIVES } from './derivative.js';
import { MeanFlowGenerator } from './mean-flow-generator.js';
import type { MeanFlowOptions } from './options.js';
import { meanFlowTimes } from './times.js';

/** What MeanFlow adds to the loop that consistency methods share. */
export const meanFlowStep: StudentStep<MeanFlowOptions, MeanFlowGenerator> = {
  name: 'mean-flow',
  student: (network, options) => new MeanFlowGenerator(toVelocityNetwork(network, options), options.initSigma),
  draws: {
    times: {
      shape: () => [2],
      draw: (rng, n, _, options) =>
        Float32Array.from(meanFlowTimes(rng.normal(n), rng.normal(n), rng.uniform(n), options)),
    },
  },
  schedule: ({ iteration }, { tangentWarmup }) => ({
    warmup: tangentWarmup === 0 ? 1 : Math.min(iteration / tangentWarmup, 1),
  }),
  // The student's, and two of the derivative by differences.
  passes: 3,
  loss(inputs, networks, options) {
    const parts = meanFlowParts(inputs, networks, options);
    const { predicted, target, valid } = keepValid(parts.u, parts.target);
    // |u - sg(u_tgt)|^2, Eq. (10), Geng et al. 2025, times sg(1 / (|.|^2 + c)^p), Eq. (22)
    const errors = tf.sum(tf.squaredDifference(predicted, target), [1, 2, 3]) as tf.Tensor1D;
    const weight = withoutGradient(() => adaptiveWeight(errors, options));
    const losses = tf.mul(errors, weight) as tf.Tensor1D;
    return { losses, measures: { errors: withoutGradient(() => tf.clone(errors)) }, valid };
  },
  stats: ({ losses, errors }, { batch, pixels }) => ({
    'Loss/loss': losses / batch,
    'Loss/mf_loss': errors! / batch,
    Velocity_error: Math.sqrt(errors! / (batch * pixels)),
  }),
};

/** 1 / (error + c)^p, Eq. (22), Geng et al. 2025. */
export function adaptiveWeight(
  errors: tf.Tensor1D,
  { normP, normEps }: Pick<MeanFlowOptions, 'normP' | 'normEps'>,
): tf.Tensor1D {
  return tf.pow(tf.add(errors, normEps), -normP);
}

/** What the loss of MeanFlow is made of. Everything but u is a constant. */
export interface MeanFlowParts {
  /** z_t, [N, H, W, C] */
  z: tf.Tensor4D;
  /** v = dz / dt */
  v: tf.Tensor4D;
  /** The student's average velocity, which is differentiated. */
  u: tf.Tensor4D;
  /** du / dt along the path. */
  derivative: tf.Tensor4D;
  /** u_tgt = v - (t - r) du / dt, Eq. (11), Geng et al. 2025 */
  target: tf.Tensor4D;
}

/** Evaluates the networks of a micro-batch. For the loss, and for comparisons with other implementations. */
export function meanFlowParts(
  { images, labels, augmentLabels, noise, draws, schedule, masks }: StudentInputs,
  { teacher, student }: Pick<StudentNetworks<MeanFlowGenerator>, 'teacher' | 'student'>,
  options: MeanFlowOptions,
): MeanFlowParts {
  const [t, r] = tf.unstack(draws.times!, 1) as [tf.Tensor1D, tf.Tensor1D];
  const conditions: Conditions = { labels, augmentLabels };
  // z_t = (1 - t) y + t e, and v = e - y
  const z = tf.add(tf.mul(images, perImage(tf.sub(1, t))), tf.mul(noise, perImage(t))) as tf.Tensor4D;
  const v = withoutGradient(() =>
    options.useCd
      ? flowVelocity((x, sigma) => teacher.denoise(x, sigma, conditions), z, t)
      : (tf.sub(noise, images) as tf.Tensor4D),
  );
  const velocity = (rng: Conditions['rng']) => (point: tf.Tensor4D, time: tf.Tensor1D) =>
    student.network.averageVelocity(point, time, r, { ...conditions, rng });
  // A constant, computed first: its memory is free again before the pass that is differentiated.
  const derivative = withoutGradient(() => {
    const rngs = masks.slice(1);
    let pass = 0;
    const u = (point: tf.Tensor4D, time: tf.Tensor1D) => velocity(rngs[pass++])(point, time);
    return DERIVATIVES[options.jvp](u, { z, t, v }, options.jvpEps);
  });
  const target = withoutGradient(() => {
    const length = tf.mul(tf.sub(t, r), schedule.warmup as tf.Scalar);
    return tf.sub(v, tf.mul(derivative, perImage(length))) as tf.Tensor4D;
  });
  return { z, v, u: velocity(masks[0])(z, t), derivative, target };
}

/** @throws RangeError if no network of two times can be made of this one */
function toVelocityNetwork(network: DenoiserNetwork, { scratch, endTime, seed }: MeanFlowOptions): VelocityNetwork {
  // A generator of this method, which is trained further.
  if (isVelocityNetwork(network)) return network;
  try {
    if (network.withEndTime !== undefined) {
      return network.withEndTime({ endTime, rng: scratch ? new Rng(seed, 'mean-flow/weights') : null });
    }
  } finally {
    network.module.dispose();
  }
  throw new RangeError(
    'MeanFlow trains networks of two times, and this teacher has no variant with them: choose a DDPM++ or NCSN++ of EDM.',
  );
}
