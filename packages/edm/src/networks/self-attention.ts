import * as tf from '@tensorflow/tfjs-core';
import { attention, halfMatMul, type Conv2d } from '@onestep/nn';

/**
 * Self-attention over the pixels of an image, with the published layout of the 1x1 convolution `qkv`: its output
 * channel 3 c + j is channel c of the query (j = 0), key (1) or value (2), heads being blocks of channels.
 *
 * The weight is split instead of the activations, which are larger.
 *
 * @param x [N, H, W, C]
 * @param qkv 1x1 convolution from C to 3 C channels
 * @param heads number of heads, a divisor of C
 * @param half whether products are in half precision on engines that have it
 * @returns [N, H, W, C], before the output projection
 */
export function selfAttention(
  x: tf.Tensor4D,
  qkv: Conv2d,
  { heads, half }: { heads: number; half: boolean },
): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const pixels = tf.reshape(x, [n * h * w, c]) as tf.Tensor2D;
  const weights = tf.unstack(tf.reshape(qkv.weight!.variable, [c, c, 3]), 2) as tf.Tensor2D[];
  const biases = tf.unstack(tf.reshape(qkv.bias!.variable, [c, 3]), 1);
  const [q, k, v] = weights.map((weight, j) => {
    const projected = tf.add(half ? halfMatMul(pixels, weight) : tf.matMul(pixels, weight), biases[j]!);
    return splitHeads(tf.reshape(projected, [n, h * w, heads, c / heads]));
  }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
  return tf.reshape(mergeHeads(attention(q, k, v, { half }), heads), [n, h, w, c]);
}

/** [N, T, heads, c] to [N heads, T, c]. */
function splitHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [n, t, heads, c] = x.shape;
  if (heads === 1) return tf.reshape(x, [n, t, c]);
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [n * heads, t, c]);
}

/** [N heads, T, c] to [N, T, heads, c]. */
function mergeHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, t, c] = x.shape;
  const split = tf.reshape(x, [batch / heads, heads, t, c]) as tf.Tensor4D;
  return heads === 1 ? tf.reshape(split, [batch, t, 1, c]) : tf.transpose(split, [0, 2, 1, 3]);
}
