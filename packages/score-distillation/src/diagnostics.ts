import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';

/** A student's images x_g, and x_t = x_g + sigma noise as the two networks denoise it. */
export interface ComparedImages {
  /** x_g, [N, H, W, C]. */
  xg: tf.Tensor4D;
  /** The teacher's f_phi(x_t), [N, H, W, C]. */
  fPhi: tf.Tensor4D;
  /** The fake score network's f_psi(x_t), [N, H, W, C]. */
  fPsi: tf.Tensor4D;
}

/**
 * Finds the samples without NaN.
 *
 * @returns [N], true where a sample holds no NaN; constants
 */
export function validSamples({ xg, fPhi, fPsi }: ComparedImages): tf.Tensor1D {
  return withoutGradient(() => {
    const sum = tf.sum(tf.add(tf.add(xg, fPhi), fPsi), [1, 2, 3]);
    return tf.logicalNot(tf.isNaN(sum)) as tf.Tensor1D;
  });
}

/**
 * Sets all pixels of invalid samples to 0.
 *
 * @param valid [N], as {@link validSamples} returns it
 */
export function maskSamples({ xg, fPhi, fPsi }: ComparedImages, valid: tf.Tensor1D): ComparedImages {
  const keep = perImage(valid);
  const clean = (x: tf.Tensor4D) => tf.where(keep, x, tf.zerosLike(x)) as tf.Tensor4D;
  return { xg: clean(xg), fPhi: clean(fPhi), fPsi: clean(fPsi) };
}

const NAMES = ['Score_gap', 'Teacher_distance', 'Loss_weight', 'NaN_samples'] as const;

/**
 * Measures the progress of a distillation, which the loss of a student does not show, because it swings around
 * zero. `Score_gap`, the root mean square of f_phi - f_psi, falls as the student approaches the teacher's
 * distribution. `Teacher_distance` is the root mean square of f_phi - x_g, and `Loss_weight` the factor on a
 * sample's loss.
 *
 * @param weight the factor on each sample's loss, [N]
 * @param valid [N], as {@link validSamples} returns it; other samples count in `NaN_samples` only
 * @returns sums over the samples, constants
 */
export function diagnostics(
  { xg, fPhi, fPsi }: ComparedImages,
  weight: tf.Tensor,
  valid: tf.Tensor1D,
): { names: readonly string[]; sums: tf.Tensor1D } {
  const sums = withoutGradient(() => {
    const rms = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.sqrt(tf.mean(tf.squaredDifference(a, b), [1, 2, 3]));
    const sum = (values: tf.Tensor) => tf.sum(tf.where(valid, values, tf.zerosLike(values)));
    const invalid = tf.sum(tf.cast(tf.logicalNot(valid), 'float32'));
    return tf.stack([sum(rms(fPhi, fPsi)), sum(rms(fPhi, xg)), sum(weight), invalid]) as tf.Tensor1D;
  });
  return { names: NAMES, sums };
}

/** Sums of {@link diagnostics} over a batch, by name. */
type DiagnosticSums = Readonly<Record<string, number>>;

/**
 * Averages the sums of {@link diagnostics} over the valid samples of a batch; NaN if there are none. `NaN_samples` stays a
 * count.
 */
export function averageDiagnostics(sums: DiagnosticSums, batch: number): Record<string, number> {
  const valid = batch - sums.NaN_samples!;
  return Object.fromEntries(
    NAMES.map((name) => [name, name === 'NaN_samples' ? sums[name]! : average(sums[name]!, valid)]),
  );
}

/**
 * The loss of a batch whose invalid samples were masked, as published: its sum divided by the size of the batch. NaN if no
 * sample was valid.
 *
 * @param sum of the loss over the batch
 * @param sums of {@link diagnostics} over the same batch
 */
export function averageLoss(sum: number, { NaN_samples: invalid }: DiagnosticSums, batch: number): number {
  return invalid! < batch ? sum / batch : NaN;
}

function average(sum: number, count: number): number {
  return count > 0 ? sum / count : NaN;
}
