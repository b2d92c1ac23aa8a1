import * as tf from '@tensorflow/tfjs-core';
import { compileStep, flushEngine, lossAndGrads, type LossAndGrads, type Parameter, type Step } from '@onestep/nn';
import type { Turns } from '../training/in-turns.js';
import type { Communicator } from './communicator.js';
import { NanRanks } from './nan-ranks.js';

/** What a flat array holds: a loss, the gradients of the parameters and further tensors. */
interface Layout {
  shapes: number[][];
  absent: boolean[];
  /** Names of the further tensors. */
  names: string[];
}

/** A loss with its gradients, as a step that can be replayed. */
interface Differentiated {
  run: Step<object, { flat: tf.Tensor1D }>;
  /** Known once it ran. */
  layout: Layout | undefined;
}

/**
 * The pieces of a training step between its exchanges with other processes. A step that waits for others cannot be replayed as a
 * whole, so an engine replays its pieces: the gradients of each loss, and each update.
 */
export class SharedSteps {
  private readonly communicator: Communicator;
  private readonly nanRanks: NanRanks;
  private readonly differentiated = new Map<string, Differentiated>();
  private readonly updates = new Map<string, Step<object, { done: tf.Scalar }>>();

  constructor(communicator: Communicator) {
    this.communicator = communicator;
    this.nanRanks = new NanRanks(communicator);
  }

  /**
   * The sums of a loss, its gradients and further tensors over the micro-batches of all processes. They are exchanged in one
   * array: some hundred parameters would take the latency of a call each.
   *
   * @param name of the loss: the first `f` and parameters of a name are replayed with later inputs
   * @returns tensors of the caller's, the same in all processes
   * @throws RankNanError in all of them if some process goes on returning NaN alone
   */
  *accumulate<I extends object, T extends tf.NamedTensorMap>(
    name: string,
    parameters: readonly Parameter[],
    inputs: readonly I[],
    f: (input: I, index: number) => { loss: tf.Scalar; aux: T },
  ): Turns<LossAndGrads<T>> {
    let layout: Layout | undefined;
    let total: tf.Tensor1D | undefined;
    for (const [index, input] of inputs.entries()) {
      if (total !== undefined) yield;
      const step = this.differentiatedOf(`${name} ${index}`, parameters, f as never, index);
      const { flat } = step.run(input);
      const sum: tf.Tensor1D = total === undefined ? flat : tf.add(total, flat);
      if (total !== undefined) tf.dispose([total, flat]);
      total = sum;
      layout ??= step.layout;
      if (inputs.length > 1) flushEngine();
    }
    let values = new Float32Array();
    yield total!.data().then(async (data) => {
      values = new Float32Array(data);
      const places = starts(layout!.shapes);
      const hadNan = hasNan(values, places);
      await this.communicator.sum(values);
      await this.nanRanks.check(hadNan, hasNan(values, places));
    });
    total!.dispose();
    return unflatten(values, layout!) as LossAndGrads<T>;
  }

  /** @param name of the update: the first `f` of a name is replayed with later inputs */
  update<I extends object>(name: string, inputs: I, f: (inputs: I) => void): void {
    let run = this.updates.get(name);
    if (run === undefined) {
      run = compileStep((given: object) => {
        f(given as I);
        return { done: tf.add<tf.Scalar>(tf.scalar(0), 1) };
      });
      this.updates.set(name, run);
    }
    run(inputs).done.dispose();
  }

  private differentiatedOf(
    key: string,
    parameters: readonly Parameter[],
    f: (input: object, index: number) => { loss: tf.Scalar; aux: tf.NamedTensorMap },
    index: number,
  ): Differentiated {
    const known = this.differentiated.get(key);
    if (known !== undefined) return known;
    const step: Differentiated = {
      layout: undefined,
      run: compileStep((input: object) => {
        const { loss, grads, absent, aux } = lossAndGrads(() => f(input, index), parameters);
        const all = [loss, ...grads, ...Object.values(aux)];
        step.layout = { shapes: all.map(({ shape }) => shape), absent, names: Object.keys(aux) };
        return { flat: tf.concat1d(all.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D)) };
      }),
    };
    this.differentiated.set(key, step);
    return step;
  }
}

/** Where the tensors of a flat array begin. */
function starts(shapes: readonly number[][]): number[] {
  let next = 0;
  return shapes.map((shape) => {
    const start = next;
    next += shape.reduce((a, b) => a * b, 1);
    return start;
  });
}

/** Whether one of the tensors begins with NaN: an image that is NaN leaves no gradient of a layer after it without. */
function hasNan(values: Float32Array, places: readonly number[]): boolean {
  return places.some((place) => Number.isNaN(values[place]));
}

function unflatten(values: Float32Array, { shapes, absent, names }: Layout): LossAndGrads<tf.NamedTensorMap> {
  let start = 0;
  const [loss, ...others] = shapes.map((shape) => {
    const end = start + shape.reduce((a, b) => a * b, 1);
    const tensor = tf.tensor(values.subarray(start, end), shape, 'float32');
    start = end;
    return tensor;
  });
  const aux = Object.fromEntries(names.map((name, i) => [name, others[absent.length + i]!]));
  return { loss: loss as tf.Scalar, grads: others.slice(0, absent.length), absent, aux };
}
