import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient, type Conditions } from '@onestep/diffusion-core';
import { ConsistencyGenerator, SIGMA_DATA } from '../consistency-generator.js';
import { truncatedLogNormal } from '../noise/truncated-log-normal.js';
import type { StudentInputs, StudentNetworks, StudentStep } from '../training/student-step.js';
import { keepValid } from '../training/valid-images.js';
import { DERIVATIVES, directionOf } from './derivative.js';
import { LogVariance } from './log-variance.js';
import type { ScmOptions } from './options.js';
import { TANGENT_BOUNDS, tangentOf } from './tangent.js';
import { angleOf, trigFlow } from './trig-flow.js';

/** What sCM adds to the loop that consistency methods share. */
export const scmStep: StudentStep<ScmOptions, ConsistencyGenerator> = {
  name: 'scm',
  student: (network, { initSigma }) => new ConsistencyGenerator(network, { initSigma, boundary: 0 }),
  modules: ({ network }, rng) => ({ logVariance: new LogVariance(network, rng) }),
  draws: {
    sigma: { draw: (rng, n, _, options) => Float32Array.from(truncatedLogNormal(rng.uniform(n), options)) },
  },
  schedule: ({ iteration }, { tangentWarmup }) => ({
    warmup: tangentWarmup === 0 ? 1 : Math.min(iteration / tangentWarmup, 1),
  }),
  // The student's, and two of the derivative by differences.
  passes: 3,
  adam: ({ epsilon }) => ({ epsilon }),
  loss(inputs, networks, options) {
    const { tangent, f, sigma } = scmParts(inputs, networks, options);
    const bounded = withoutGradient(() => TANGENT_BOUNDS[options.tangent](tangent, options.tangentConst));
    const toLearn = withoutGradient(() => tf.add(f, bounded) as tf.Tensor4D);
    const { predicted, target, valid } = keepValid(f, toLearn);
    const errors = tf.mean(tf.squaredDifference(predicted, target), [1, 2, 3]) as tf.Tensor1D;
    const u = (networks.modules.logVariance as LogVariance).forward(sigma);
    // (1 / sigma) / (e^u d) mean |F - sg(F + g)|^2 + u, Algorithm 1, Lu & Song 2024
    const pixels = f.size / f.shape[0];
    const prior = options.priorWeighting ? sigma : tf.onesLike(sigma);
    const losses = tf.add(tf.div(errors, tf.mul(tf.exp(u), tf.mul(prior, pixels))), u) as tf.Tensor1D;
    const measures = {
      errors: withoutGradient(() => tf.clone(errors)),
      logVariances: withoutGradient(() => tf.clone(u)),
      tangents: withoutGradient(() => tf.mean<tf.Tensor1D>(tf.square(tangent), [1, 2, 3])),
    };
    return { losses, measures, valid };
  },
  stats: ({ losses, errors, logVariances, tangents }, { batch }) => ({
    'Loss/loss': losses / batch,
    'Loss/unweighted_scm_loss': errors! / batch,
    'Loss/logvar_loss': logVariances! / batch,
    Tangent_norm: Math.sqrt(tangents! / batch),
  }),
  record: ({ useCd }) => ({ boundary: 0, useCd }),
};

/** What the loss of sCM is made of. Everything but F is a constant. */
export interface ScmParts {
  /** [N] */
  sigma: tf.Tensor1D;
  /** x_t, [N, H, W, C] */
  x: tf.Tensor4D;
  /** dx_t / dt */
  slope: tf.Tensor4D;
  /** F of the student, which is differentiated. */
  f: tf.Tensor4D;
  /** J = cos t sin t dF / dt along the path. */
  derivative: tf.Tensor4D;
  /** g, before it is bounded. */
  tangent: tf.Tensor4D;
}

/** Evaluates the networks of a micro-batch. For the loss, and for comparisons with other implementations. */
export function scmParts(
  { images, labels, augmentLabels, noise, draws, schedule, masks }: StudentInputs,
  { teacher, student }: Pick<StudentNetworks<ConsistencyGenerator>, 'teacher' | 'student'>,
  options: ScmOptions,
): ScmParts {
  const sigma = draws.sigma as tf.Tensor1D;
  const angle = angleOf(sigma);
  const [cos, sin] = [perImage(angle.cos), perImage(angle.sin)];
  // x_t = cos t x_0 + sin t z, z ~ N(0, sigma_d^2)
  const z = tf.mul(noise, SIGMA_DATA);
  const x = tf.add(tf.mul(images, cos), tf.mul(z, sin)) as tf.Tensor4D;
  const conditions: Conditions = { labels, augmentLabels };
  const flow = (rng: Conditions['rng']) =>
    trigFlow((noisy, level) => student.consistency(noisy, level, { ...conditions, rng }));
  const teacherFlow = trigFlow((noisy, level) => teacher.denoise(noisy, level, conditions));
  const slope = withoutGradient(() =>
    options.useCd
      ? (tf.mul(teacherFlow(x, sigma), SIGMA_DATA) as tf.Tensor4D)
      : (tf.sub(tf.mul(z, cos), tf.mul(images, sin)) as tf.Tensor4D),
  );
  // A constant, computed first: its memory is free again before the pass that is differentiated.
  const derivative = withoutGradient(() => {
    const rngs = masks.slice(1);
    let pass = 0;
    const f = (noisy: tf.Tensor4D, level: tf.Tensor1D) => flow(rngs[pass++])(noisy, level);
    return DERIVATIVES[options.jvp](f, { x, sigma, direction: directionOf(slope, angle) }, options.jvpEps);
  });
  const f = flow(masks[0])(x, sigma);
  const tangent = withoutGradient(() =>
    tangentOf({ f, derivative, x, slope, angle, warmup: schedule.warmup as tf.Scalar }),
  );
  return { sigma, x, slope, f, derivative, tangent };
}
