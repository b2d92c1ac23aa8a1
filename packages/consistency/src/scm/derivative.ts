import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';
import { jvp } from '@onestep/nn';
import type { Denoise } from './trig-flow.js';

/** A point (x_t, sigma), and the direction in which it moves where ln sigma grows by 1. */
export interface PathPoint {
  /** x_t, [N, H, W, C] */
  x: tf.Tensor4D;
  /** [N] */
  sigma: tf.Tensor1D;
  /** cos t sin t dx_t / dt, [N, H, W, C]: d ln sigma = dt / (cos t sin t) */
  direction: tf.Tensor4D;
}

/** J = dF / d ln sigma along the path, which is cos t sin t dF / dt. */
export type Derivative = (f: Denoise, point: PathPoint, epsilon: number) => tf.Tensor4D;

/** Ways to compute J, by name. */
export const DERIVATIVES = {
  /** A Jacobian-vector product, by double backward. */
  exact: (f, { x, sigma, direction }) => jvp(f, [x, sigma], [direction, sigma]).tangent,
  /** (F(x + e v, sigma exp e) - F(x - e v, sigma exp -e)) / 2 e, whose error is of the order of e^2. */
  differences: (f, { x, sigma, direction }, epsilon) =>
    tf.tidy(() => {
      const at = (e: number) => f(tf.add(x, tf.mul(direction, e)), tf.mul(sigma, Math.exp(e)) as tf.Tensor1D);
      return tf.div(tf.sub(at(epsilon), at(-epsilon)), 2 * epsilon) as tf.Tensor4D;
    }),
} as const satisfies Record<string, Derivative>;

/** The direction of a path of slope dx_t / dt. */
export function directionOf(slope: tf.Tensor4D, { cos, sin }: { cos: tf.Tensor1D; sin: tf.Tensor1D }): tf.Tensor4D {
  return tf.mul(slope, perImage(tf.mul(cos, sin) as tf.Tensor1D));
}
