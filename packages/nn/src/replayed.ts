import * as tf from '@tensorflow/tfjs-core';

/** A computation on tensors (and objects and arrays of tensors) by name: a training step, say. */
export type Step<I extends object, O extends tf.NamedTensorMap> = (inputs: I) => O;

/** What an engine offers that can run a step again without its JavaScript. */
interface ReplayingBackend {
  replayable<I extends object, O extends tf.NamedTensorMap>(step: Step<I, O>): Step<I, O>;
  redrawn(tensor: tf.Tensor, draw: () => Float32Array): void;
}

/**
 * The same step, which an engine that can do so records once or twice and then replays.
 *
 * The step gets all that changes from call to call as an input or finds it in a variable: also a learning rate. What it
 * draws from an `Rng` itself goes through {@link drawn}. It reads no tensor, and returns only tensors that it computes.
 *
 * @returns a step whose results belong to the caller (or the tidy scope around the call)
 */
export function replayed<I extends object, O extends tf.NamedTensorMap>(step: Step<I, O>): Step<I, O> {
  const steps = new WeakMap<object, Step<I, O>>();
  return (inputs) => {
    const engine = tf.backend() as Partial<ReplayingBackend>;
    if (!engine.replayable) return tf.tidy(() => step(inputs));
    const known = steps.get(engine) ?? engine.replayable(step);
    steps.set(engine, known);
    return known(inputs);
  };
}

/**
 * A tensor of numbers made on the host, which are made anew when the step around it is replayed.
 *
 * @param draw is called once for every time the step runs
 */
export function drawn(draw: () => Float32Array, shape: number[]): tf.Tensor {
  const tensor = tf.tensor(draw(), shape, 'float32');
  (tf.backend() as Partial<ReplayingBackend>).redrawn?.(tensor, draw);
  return tensor;
}
