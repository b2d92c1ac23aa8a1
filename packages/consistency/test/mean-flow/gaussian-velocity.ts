import * as tf from '@tensorflow/tfjs-core';
import { GaussianDenoiser, perImage, type GaussianSettings, type VelocityNetwork } from '@onestep/diffusion-core';

/**
 * The exact average velocity of independent Gaussian pixels N(m, s^2). z_t has mean (1 - t) m and variance a(t)^2 = (1 - t)^2 s^2 + t^2, and
 * its path keeps the number of standard deviations: z_r = (1 - r) m + a(r) / a(t) (z_t - (1 - t) m), u = (z_t - z_r) / (t - r).
 */
export class GaussianVelocity extends GaussianDenoiser implements VelocityNetwork {
  readonly endTime = 'r';

  averageVelocity(z: tf.Tensor4D, t: tf.Tensor1D, r: tf.Tensor1D): tf.Tensor4D {
    return tf.tidy(() => {
      const mean = this.module.mean.variable;
      const variance = tf.exp(tf.mul(this.module.log_std.variable, 2));
      const [later, earlier] = [perImage(t), perImage(r)];
      const [keepLater, keepEarlier] = [tf.sub(1, later), tf.sub(1, earlier)];
      const spread = (time: tf.Tensor, keep: tf.Tensor) =>
        tf.sqrt(tf.add(tf.mul(tf.square(keep), variance), tf.square(time)));
      const [a, b] = [spread(later, keepLater), spread(earlier, keepEarlier)];
      // (a(t) - a(r)) / (t - r) without a division by t - r: (a(t)^2 - a(r)^2) / (t - r) / (a(t) + a(r))
      const sum = tf.add(later, earlier);
      const slope = tf.div(tf.add(tf.mul(tf.sub(sum, 2), variance), sum), tf.add(a, b));
      return tf.sub(tf.div(tf.mul(slope, tf.sub(z, tf.mul(keepLater, mean))), a), mean) as tf.Tensor4D;
    });
  }

  override clone(): GaussianVelocity {
    const copy = new GaussianVelocity(this.settings as unknown as GaussianSettings);
    copy.module.copyFrom(this.module);
    return copy;
  }
}
