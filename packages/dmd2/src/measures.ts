import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import type { PhaseLoss } from '@onestep/score-distillation';

type Measures = NonNullable<PhaseLoss['measures']>;

/** Joins measures of a phase. */
export function joinMeasures(...each: readonly Measures[]): Measures {
  const sums = withoutGradient(() => tf.concat1d(each.map((measures) => measures.sums)));
  return { names: each.flatMap(({ names }) => names), sums };
}

/**
 * Measures how real a discriminator finds images: the sum over the samples of the mean sigmoid of their logits.
 *
 * @param logits by the names of the measures, each [N, heads]
 */
export function measureRealism(logits: Readonly<Record<string, tf.Tensor2D>>): Measures {
  const sum = (values: tf.Tensor2D) => tf.sum(tf.mean(tf.sigmoid(values), 1));
  return {
    names: Object.keys(logits),
    sums: withoutGradient(() => tf.stack(Object.values(logits).map(sum)) as tf.Tensor1D),
  };
}
