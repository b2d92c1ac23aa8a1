import * as tf from '@tensorflow/tfjs-core';

/** A computation on named tensors (and objects and arrays of tensors), such as a training step. */
export type Step<I extends object, O extends tf.NamedTensorMap> = (inputs: I) => O;

/** The optional part of a tfjs backend that can replay a step without its JavaScript. */
interface ReplayingBackend {
  replayable<I extends object, O extends tf.NamedTensorMap>(step: Step<I, O>): Step<I, O>;
  redrawn(tensor: tf.Tensor, draw: () => Float32Array): void;
  readonly parallelParts: number;
  setPart(tensor: tf.Tensor, part: number): void;
}

/**
 * Compiles a step on engines that can do so: they record its operations in the first one or two calls, and
 * then replay them. Other engines run the step each time.
 *
 * Everything that changes between calls has to be an input or a variable, including a learning rate. Random
 * numbers that the step draws itself go through {@link drawTensor}. The step must not read tensors, and must
 * return only tensors that it computes.
 *
 * @returns a step whose results belong to the caller (or the tidy scope around the call)
 */
export function compileStep<I extends object, O extends tf.NamedTensorMap>(step: Step<I, O>): Step<I, O> {
  const compiled = new WeakMap<object, Step<I, O>>();
  return (inputs) => {
    const engine = tf.backend() as Partial<ReplayingBackend>;
    if (!engine.replayable) return tf.tidy(() => step(inputs));
    const run = compiled.get(engine) ?? engine.replayable(step);
    compiled.set(engine, run);
    return run(inputs);
  };
}

/**
 * Makes a tensor of numbers that are computed on the host. They are computed again each time the step around
 * it is replayed: see {@link compileStep}.
 *
 * @param draw computes the elements, row-major; called once for each run of the step
 * @param shape of the tensor
 * @returns a float32 tensor
 */
export function drawTensor(draw: () => Float32Array, shape: number[]): tf.Tensor {
  const tensor = tf.tensor(draw(), shape, 'float32');
  (tf.backend() as Partial<ReplayingBackend>).redrawn?.(tensor, draw);
  return tensor;
}

/** The number of parts of a batch that the engine computes at the same time, if a step marks them by {@link markPart}: 1 or more. */
export function parallelParts(): number {
  return (tf.backend() as Partial<ReplayingBackend>).parallelParts ?? 1;
}

/**
 * Says that inputs of a step belong to a part of the batch. Engines that can do so compute the parts at the same time, as far as
 * they do not depend on each other.
 *
 * @param inputs tensors, and objects and arrays with tensors
 * @param part from 0
 */
export function markPart(inputs: unknown, part: number): void {
  if (inputs instanceof tf.Tensor) (tf.backend() as Partial<ReplayingBackend>).setPart?.(inputs, part);
  else if (typeof inputs === 'object' && inputs !== null) {
    for (const each of Object.values(inputs)) markPart(each, part);
  }
}
