import * as tf from '@tensorflow/tfjs-core';
import { flushEngine, lossAndGrads, type LossAndGrads, type Parameter } from '@onestep/nn';
import { atOnce, type Turns } from './in-turns.js';

/**
 * Computes the loss and gradients of a batch one micro-batch at a time, which needs the memory of one micro-batch. The
 * results are sums over the micro-batches, so `f` should divide its loss by the size of the whole batch.
 *
 * @param count number of micro-batches
 * @param f builds the loss of the micro-batch `index`, and further tensors to sum
 * @returns tensors owned by the caller
 * @internal
 */
export function accumulateGradients<T extends tf.NamedTensorMap>(
  count: number,
  parameters: readonly Parameter[],
  f: (index: number) => { loss: tf.Scalar; aux: T },
): LossAndGrads<T> {
  return atOnce(accumulation(count, parameters, f));
}

/**
 * The same as {@link accumulateGradients}, for `inTurns`: it stops after each micro-batch.
 *
 * @param flush has the engine compute what was recorded, which frees memory
 *
 * @internal
 */
export function* accumulation<T extends tf.NamedTensorMap>(
  count: number,
  parameters: readonly Parameter[],
  f: (index: number) => { loss: tf.Scalar; aux: T },
  flush = flushEngine,
): Turns<LossAndGrads<T>> {
  let total = lossAndGrads(() => f(0), parameters);
  if (count > 1) flush();
  for (let index = 1; index < count; index++) {
    yield;
    const next = lossAndGrads(() => f(index), parameters);
    const absent = total.absent.map((isAbsent, i) => isAbsent && next.absent[i]!);
    const sum = tf.tidy(() => ({
      loss: tf.add(total.loss, next.loss) as tf.Scalar,
      grads: total.grads.map((grad, i) => tf.add(grad, next.grads[i]!)),
      aux: Object.fromEntries(Object.entries(total.aux).map(([name, value]) => [name, tf.add(value, next.aux[name]!)])),
    }));
    disposeLossAndGrads(total);
    disposeLossAndGrads(next);
    total = { ...sum, absent } as LossAndGrads<T>;
    flush();
  }
  return total;
}

/**
 * Frees all tensors of a {@link LossAndGrads}.
 *
 * @internal
 */
export function disposeLossAndGrads({ loss, grads, aux }: Omit<LossAndGrads<tf.NamedTensorMap>, 'absent'>): void {
  tf.dispose([loss, ...grads, ...Object.values(aux)]);
}
