import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../replace-kernel.js';

/** pi / 2 in three parts (Cody & Waite 1980): the first two have so few bits that their products with k are exact. */
const HALF_PI = [1.5703125, 4.837512969970703e-4, 7.549789948768648e-8] as const;
/** Coefficients of r^3, r^5, r^7 of the sine, and of r^4, r^6, r^8 of the cosine, for |r| <= pi / 4. */
const SINE = [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4] as const;
const COSINE = [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5] as const;

/**
 * Replaces the sine and cosine by versions that are accurate to float32 for |x| < 8192.
 *
 * WGSL allows an error of 2^-11 (its section "Accuracy of built-in functions"), a hundred times what a noise-level embedding
 * tolerates.
 */
export function registerAccurateSine(): void {
  const register = (kernelName: string, quarterTurns: number) =>
    replaceKernel(
      kernelName,
      'webgpu',
      () =>
        ({ inputs }) =>
          tf.tidy(() => sine(inputs.x as tf.Tensor, quarterTurns)),
    );
  register('Sin', 0);
  register('Cos', 1);
}

/** Computes sin(x + quarterTurns * pi / 2). */
function sine(x: tf.Tensor, quarterTurns: number): tf.Tensor {
  const k = tf.floor(tf.add(tf.mul(x, 2 / Math.PI), 0.5));
  const r = HALF_PI.reduce((rest, part) => tf.sub(rest, tf.mul(k, part)), x);
  const square = tf.square(r);
  const onSine = tf.add(r, tf.mul(tf.mul(r, square), polynomial(SINE, square)));
  const head = tf.sub(1, tf.mul(square, 0.5));
  const onCosine = tf.add(head, tf.mul(tf.square(square), polynomial(COSINE, square)));
  // The quadrant, 0 to 3: odd quadrants use the cosine, the last two are negative.
  const turns = tf.add(k, quarterTurns);
  const quadrant = tf.sub(turns, tf.mul(tf.floor(tf.div(turns, 4)), 4));
  const isNegative = tf.floor(tf.div(quadrant, 2));
  const isOdd = tf.sub(quadrant, tf.mul(isNegative, 2));
  const magnitude = tf.add(onSine, tf.mul(tf.sub(onCosine, onSine), isOdd));
  return tf.mul(magnitude, tf.sub(1, tf.mul(isNegative, 2)));
}

function polynomial([a, b, c]: readonly [number, number, number], x: tf.Tensor): tf.Tensor {
  return tf.add(a, tf.mul(x, tf.add(b, tf.mul(x, c))));
}
