import * as tf from '@tensorflow/tfjs-core';
import { flushEngine, jvp } from '@onestep/nn';

/** A function of a list of tensors. */
export type TensorFunction<T = tf.Tensor> = (...inputs: tf.Tensor[]) => T;

/** Relative errors of derivatives. */
export interface DerivativeErrors {
  /** J v against central differences of the function. */
  jvp: number;
  /** The gradient g of a loss L(y) against J: <g, v> = <dL/dy, J v>, which holds but for rounding. */
  gradient: number;
  /** The Hessian of the loss times v, against central differences of the gradient. */
  hessian: number;
}

/**
 * Differentiates y = f(x) and the loss sum(c (y + y^2 / 2)), whose Hessian depends on the operation's second derivative
 * and, where that is zero, on the first derivative of its gradient.
 *
 * Differences are of fourth order, with steps of 0.02: for float32, about 1e-5 of the value by rounding and by curvature.
 *
 * @param inputs the point x
 * @param directions v, in the shapes of the inputs
 * @param makeCotangent makes c, of the shape of y
 */
export async function derivativeErrors(
  f: TensorFunction,
  inputs: tf.Tensor[],
  directions: tf.Tensor[],
  makeCotangent: (shape: number[]) => tf.Tensor,
): Promise<DerivativeErrors> {
  const errors = tf.tidy(() => {
    const { value, tangent } = jvp(f, inputs, directions);
    const cotangent = makeCotangent(value.shape);
    const loss = (...xs: tf.Tensor[]) => {
      const y = f(...xs);
      return tf.sum(tf.mul(cotangent, tf.add(y, tf.mul(0.5, tf.square(y))))) as tf.Scalar;
    };
    const gradient = (xs: tf.Tensor[]) => tf.grads(loss)(xs);
    const slope = inner(gradient(inputs), directions);
    const dLoss = tf.mul(cotangent, tf.add(1, value));
    const hessian = tf.grads((...xs) => inner(gradient(xs), directions))(inputs);
    flushEngine();
    const numericTangent = centralDifference((xs) => [f(...xs)], inputs, directions);
    const numericHessian = centralDifference(gradient, inputs, directions);
    const size = tf.mul(norm([dLoss]), norm([tangent]));
    return tf.stack([
      relativeError([tangent], numericTangent, directions),
      tf.div(tf.abs(tf.sub(slope, inner([dLoss], [tangent]))), tf.add(size, 1e-3)),
      relativeError(hessian, numericHessian, directions),
    ]);
  });
  const [jvpError, gradientError, hessianError] = await errors.data();
  errors.dispose();
  return { jvp: jvpError!, gradient: gradientError!, hessian: hessianError! };
}

const STEP = 0.02;

/** (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, along a direction. */
export function centralDifference(
  f: (inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: tf.Tensor[],
  directions: tf.Tensor[],
  h = STEP,
): tf.Tensor[] {
  const at = (step: number) => {
    const outputs = f(inputs.map((x, i) => tf.add(x, tf.mul(directions[i]!, step))));
    // One graph for all four, compiled once.
    flushEngine();
    return outputs;
  };
  const [far, near, back, farBack] = [at(2 * h), at(h), at(-h), at(-2 * h)];
  return near.map((y, i) => tf.div(tf.sub(tf.mul(8, tf.sub(y, back[i]!)), tf.sub(far[i]!, farBack[i]!)), 12 * h));
}

/** ||a - b|| / ||b||, of all tensors together; of a b near zero, relative to 0.1 times the direction. */
export function relativeError(a: tf.Tensor[], b: tf.Tensor[], directions: tf.Tensor[]): tf.Scalar {
  const difference = norm(a.map((tensor, i) => tf.sub(tensor, b[i]!)));
  return tf.div(difference, tf.maximum(norm(b), tf.mul(0.1, norm(directions))));
}

function norm(tensors: tf.Tensor[]): tf.Scalar {
  return tf.sqrt(inner(tensors, tensors));
}

function inner(a: tf.Tensor[], b: tf.Tensor[]): tf.Scalar {
  return tf.addN(a.map((tensor, i) => tf.sum(tf.mul(tensor, b[i]!)))) as tf.Scalar;
}
