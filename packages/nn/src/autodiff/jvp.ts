import * as tf from '@tensorflow/tfjs-core';
import { onOwnTape } from './own-tape.js';
import { replaceGradients } from './register.js';

/** What a function of {@link jvp} returns: a tensor, or a list of tensors. */
export type JvpOutput = tf.Tensor | readonly tf.Tensor[];

/** A value and its derivative along a direction, in the form in which the function returns the value. */
export interface Jvp<Y extends JvpOutput> {
  /** f(x) */
  value: Y;
  /** J v, with J the Jacobian of f at x: the shapes of the value. */
  tangent: Y;
}

/**
 * Computes a Jacobian-vector product, the derivative of f at x along v, as `jax.jvp` and `torch.func.jvp` do.
 *
 * tfjs differentiates in reverse only, so that this goes backward twice: vjp(u) = u' J is linear in u, and
 * J v = d/du <vjp(u), v> for any u. That takes about as long as one gradient of all weights. Each operation of f
 * needs a second derivative; what has none throws an error with its name. Random numbers in f, as of dropout, are
 * drawn once.
 *
 * Inside `withoutGradient` of diffusion-core the result is a constant. In the function of another gradient it can be
 * differentiated itself, and its intermediate results then stay in memory until that gradient is computed.
 *
 * @param f a function of tensors, of any shapes, that returns a tensor or a list of tensors; what else it reads is
 *   constant. It can read variables that are inputs
 * @param inputs the point x: a tensor, or one for each argument of f
 * @param tangents the direction v, in the form and shapes of the inputs
 * @returns tensors that belong to the caller, or to the tidy scope around the call. A tangent is zero where f does not
 *   depend on the inputs
 * @throws if a tangent is missing or has another shape than its input
 */
export function jvp<X extends tf.Tensor, Y extends JvpOutput>(f: (x: X) => Y, inputs: X, tangents: tf.Tensor): Jvp<Y>;
export function jvp<X extends tf.Tensor[], Y extends JvpOutput>(
  f: (...xs: X) => Y,
  inputs: readonly [...X],
  tangents: readonly tf.Tensor[],
): Jvp<Y>;
export function jvp<Y extends JvpOutput>(
  f: (...xs: tf.Tensor[]) => Y,
  inputs: tf.Tensor | readonly tf.Tensor[],
  tangents: tf.Tensor | readonly tf.Tensor[],
): Jvp<Y> {
  const [xs, vs] = [toList(inputs), toList(tangents)];
  checkTangents(xs, vs);
  replaceGradients();
  return tf.tidy(() => {
    // tfjs tells inputs apart by identity.
    const distinct = xs.map((x, i) => (xs.indexOf(x) < i ? tf.clone(x) : x));
    const { values, tangents, isList } = onOwnTape(() => differentiateTwice(f, distinct, vs));
    return (isList
      ? { value: values, tangent: tangents }
      : { value: values[0], tangent: tangents[0] }) as unknown as Jvp<Y> & tf.NamedTensorMap;
  });
}

function differentiateTwice(f: (...xs: tf.Tensor[]) => JvpOutput, xs: tf.Tensor[], vs: readonly tf.Tensor[]) {
  const engine = tf.engine();
  let isList = false;
  const kept: tf.Tensor[] = [];
  // Filled when the shapes of the outputs are known. tfjs reads the list after the function has run, but refuses an
  // empty one before.
  const us: tf.Tensor[] = [tf.scalar(0)];
  /** <f(x), u> */
  const forward = () => {
    const y = f(...xs);
    isList = Array.isArray(y);
    const ys = toList(y);
    // Clones, because an output may be an input or belong to somebody else.
    kept.push(...ys.map((tensor) => tf.keep(tf.clone(tensor))));
    us.push(...ys.map(({ shape }) => tf.zeros(shape)));
    return sumOfProducts(ys, us.slice(1));
  };
  /** <vjp(u), v> */
  const backward = () => {
    const { grads } = engine.gradients(forward, xs, undefined, true);
    return sumOfProducts(grads, vs);
  };
  const { grads } = engine.gradients(backward, us, undefined, true);
  const values = kept.map((tensor) => tf.clone(tensor));
  tf.dispose(kept);
  const tangents = values.map(({ shape }, i) => (grads[i + 1] as tf.Tensor | null) ?? tf.zeros(shape));
  return { values, tangents, isList };
}

/** Sum of <a, b> over the pairs; tfjs has null for the gradient of what the result does not depend on. */
function sumOfProducts(a: readonly (tf.Tensor | null)[], b: readonly tf.Tensor[]): tf.Scalar {
  const products = a.flatMap((tensor, i) => (tensor === null ? [] : [tf.sum(tf.mul(tensor, b[i]!)) as tf.Scalar]));
  return products.length === 0 ? tf.scalar(0) : products.reduce((sum, product) => tf.add(sum, product));
}

function toList(tensors: JvpOutput): tf.Tensor[] {
  return Array.isArray(tensors) ? [...(tensors as readonly tf.Tensor[])] : [tensors as tf.Tensor];
}

function checkTangents(inputs: readonly tf.Tensor[], tangents: readonly tf.Tensor[]): void {
  if (inputs.length !== tangents.length) {
    throw new Error(`jvp needs a tangent for each of the ${inputs.length} inputs, got ${tangents.length}.`);
  }
  inputs.forEach(({ shape }, i) => {
    if (tangents[i]!.shape.join() !== shape.join()) {
      throw new Error(`Tangent ${i} of jvp has shape [${tangents[i]!.shape}], but its input has shape [${shape}].`);
    }
  });
}
