import * as tf from '@tensorflow/tfjs-core';

/** Tensors of fewer elements are joined: below, the call of an operation costs more than its work. */
const SMALL = 2 ** 16;
/** Elements of a joined vector, which bounds the memory of its intermediate results. */
const JOINED = 2 ** 22;

/**
 * Computes elementwise functions of many tensors with few operations: small tensors are joined to one vector, large ones go
 * alone. TensorFlow runs every operation at once, so that a call of its own for each small parameter would cost more than
 * the arithmetic.
 *
 * @param lists tensors of equal shapes across lists: lists[k][i] is the k-th argument of the i-th call
 * @param compute maps one tensor of each list to results of the same shape
 * @returns the results: result[k][i] is the k-th result of the i-th call
 */
export function mapJoined(
  lists: readonly (readonly tf.Tensor[])[],
  compute: (...args: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor[][] {
  const results: tf.Tensor[][] = [];
  const put = (k: number, i: number, value: tf.Tensor) => ((results[k] ??= [])[i] = value);
  for (const indices of groupSmall(lists[0]!)) {
    if (indices.length === 1) {
      const [i] = indices as [number];
      compute(...lists.map((list) => list[i]!)).forEach((value, k) => put(k, i, value));
      continue;
    }
    const shapes = indices.map((i) => lists[0]![i]!.shape);
    const sizes = shapes.map(tf.util.sizeFromShape);
    const parts = tf.tidy(() => {
      const joined = lists.map((list) => tf.concat(indices.map((i) => reshape(list[i]!, [list[i]!.size]))));
      return compute(...joined).map((vector) =>
        tf.split(vector, sizes).map((part, place) => reshape(part, shapes[place]!)),
      );
    });
    parts.forEach((list, k) => list.forEach((value, place) => put(k, indices[place]!, value)));
  }
  return results;
}

/** Reshapes a tensor, unless it has the shape: most small parameters are vectors already. */
function reshape(x: tf.Tensor, shape: number[]): tf.Tensor {
  return tf.util.arraysEqual(x.shape, shape) ? x : tf.reshape(x, shape);
}

/** The indices of tensors to be joined; large tensors alone. */
function groupSmall(tensors: readonly tf.Tensor[]): number[][] {
  const groups: number[][] = [];
  let current: number[] = [];
  let size = 0;
  tensors.forEach((tensor, i) => {
    if (tensor.size >= SMALL) return groups.push([i]);
    if (size + tensor.size > JOINED || current.length === 0) {
      groups.push((current = []));
      size = 0;
    }
    size += tensor.size;
    return current.push(i);
  });
  return groups;
}
