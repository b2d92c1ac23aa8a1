import * as tf from '@tensorflow/tfjs-core';
import { flushEngine, lossAndGrads, type LossAndGrads, type Parameter } from '@onestep/nn';

/**
 * The loss and gradients of a batch that is worked through in several rounds, to need the memory of one: the sums over
 * the rounds of what `f` builds. Where `f` divides by the size of the whole batch, they are those of the whole batch.
 *
 * @param f builds the loss of a round, and tensors to be summed beside it
 * @returns tensors that belong to the caller
 */
export function accumulateGradients<T extends tf.NamedTensorMap>(
  rounds: number,
  parameters: readonly Parameter[],
  f: (round: number) => { loss: tf.Scalar; aux: T },
): LossAndGrads<T> {
  let total = lossAndGrads(() => f(0), parameters);
  if (rounds > 1) flushEngine();
  for (let round = 1; round < rounds; round++) {
    const next = lossAndGrads(() => f(round), parameters);
    const sum = tf.tidy(() => ({
      loss: tf.add(total.loss, next.loss) as tf.Scalar,
      grads: total.grads.map((grad, i) => tf.add(grad, next.grads[i]!)),
      aux: Object.fromEntries(Object.entries(total.aux).map(([name, value]) => [name, tf.add(value, next.aux[name]!)])),
    }));
    disposeLossAndGrads(total);
    disposeLossAndGrads(next);
    total = sum as LossAndGrads<T>;
    flushEngine();
  }
  return total;
}

/** Frees all tensors of a {@link LossAndGrads}. */
export function disposeLossAndGrads({ loss, grads, aux }: LossAndGrads<tf.NamedTensorMap>): void {
  tf.dispose([loss, ...grads, ...Object.values(aux)]);
}
