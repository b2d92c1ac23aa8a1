import * as tf from '@tensorflow/tfjs-core';
import { jvp } from '@onestep/nn';

/** u(z, t) for fixed r. */
export type Velocity = (z: tf.Tensor4D, t: tf.Tensor1D) => tf.Tensor4D;

/** A point of a path, and its direction. */
export interface FlowPoint {
  /** z_t, [N, H, W, C] */
  z: tf.Tensor4D;
  /** [N] */
  t: tf.Tensor1D;
  /** dz / dt = v, [N, H, W, C] */
  v: tf.Tensor4D;
}

/** du / dt = v du / dz + du / dt along the path. */
export type Derivative = (u: Velocity, point: FlowPoint, epsilon: number) => tf.Tensor4D;

/** Ways to compute du / dt, by name. */
export const DERIVATIVES = {
  /** A Jacobian-vector product with the tangent (v, 1), by double backward. */
  exact: (u, { z, t, v }) => jvp(u, [z, t], [v, tf.onesLike(t)]).tangent,
  /** (u(z + e v, t + e) - u(z - e v, t - e)) / 2 e, whose error is of the order of e^2. */
  differences: (u, { z, t, v }, epsilon) =>
    tf.tidy(() => {
      const at = (e: number) => u(tf.add(z, tf.mul(v, e)), tf.add(t, e));
      return tf.div(tf.sub(at(epsilon), at(-epsilon)), 2 * epsilon) as tf.Tensor4D;
    }),
} as const satisfies Record<string, Derivative>;
