import * as tf from '@tensorflow/tfjs-core';
import { compileStep, markPart, parallelParts, type LossAndGrads, type Parameter } from '@onestep/nn';
import { MaskRng } from '@onestep/random';
import type { LabelPrior } from '../conditions/label-prior.js';
import { ALONE, type Communicator } from '../processes/communicator.js';
import { shareOf, type Share } from '../processes/share-of.js';
import { SharedSteps } from '../processes/shared-steps.js';
import { accumulation } from './accumulate-gradients.js';
import { atOnce, inTurns, type Turns } from './in-turns.js';

/** The fewest pixels in each half of a batch. With fewer, copying the weights costs more than the second thread saves. */
const LEAST_PIXELS = 4096;

/** Micro-batches of a process. */
interface OwnMicroBatches {
  /** Images in a micro-batch. */
  size: number;
  /** Number of the process's first micro-batch in the batch. */
  first: number;
  /** Number of the process's micro-batches. */
  count: number;
  /** Number of micro-batches in the batch. */
  total: number;
}

/**
 * A batch that is split into micro-batches of equal size, so that a step needs the memory of one micro-batch. Gradients
 * are accumulated over them. Where several processes share a batch, each computes some of its micro-batches, one after the
 * other, and the gradients are summed over the processes, too.
 */
export class MicroBatches {
  /** Images in the batch, of all processes. */
  readonly batch: number;
  /** Images in a micro-batch. */
  readonly size: number;
  /** Number of micro-batches that this process computes. */
  readonly count: number;
  /** Whether the micro-batches are computed at the same time, in one compiled step. */
  private readonly areParallel: boolean;
  private readonly first: number;
  private readonly total: number;
  private readonly communicator: Communicator;
  /** Undefined where this process has the whole batch. */
  private readonly shared: SharedSteps | undefined;

  /**
   * @param options `batchGpu` is the size of a micro-batch, at most a batch; null or left out, the share of a process
   * @param communicator the processes that share the batch
   * @param pixels of an image, where the engine may compute halves of a whole batch at the same time; left out, it does not
   * @throws RangeError if a batch is not a multiple of the size, or there is not a micro-batch for each process
   */
  constructor(
    options: { batch: number; batchGpu?: number | null },
    communicator: Communicator = ALONE,
    { pixels = 0 }: { pixels?: number } = {},
  ) {
    const whole = splitBatch(options, communicator);
    const parts = parallelParts();
    const isParallel = parts > 1 && whole.total === 1 && (options.batch / parts) * pixels >= LEAST_PIXELS;
    this.areParallel = isParallel && options.batch % parts === 0;
    const { size, first, count, total } = this.areParallel
      ? { size: options.batch / parts, first: 0, count: parts, total: parts }
      : whole;
    this.batch = options.batch;
    this.size = size;
    this.first = first;
    this.count = count;
    this.total = total;
    this.communicator = communicator;
    this.shared = communicator.size > 1 ? new SharedSteps(communicator) : undefined;
  }

  /** Whether this process computes the whole batch at once. */
  get isWhole(): boolean {
    return this.total === 1;
  }

  /** The images of the batch that this process computes. */
  get rows(): Share {
    return { start: this.start(0), end: this.start(this.count) };
  }

  /** Number of the first image of a micro-batch in the batch. */
  start(index: number): number {
    return (this.first + index) * this.size;
  }

  /**
   * Computes the loss and gradients of the batch. The results are sums over its micro-batches, so `f` should divide its loss
   * by the size of the whole batch.
   *
   * @param name of the loss among those of the step: its parameters and `f` are the same in every step
   * @param inputs what `f` needs, one entry for each micro-batch of this process; everything that changes from step to step
   * @param f builds the loss of this process's micro-batch `index`, and further tensors to sum
   * @returns tensors owned by the caller
   */
  *accumulate<I extends object, T extends tf.NamedTensorMap>(
    name: string,
    parameters: readonly Parameter[],
    inputs: readonly I[],
    f: (input: I, index: number) => { loss: tf.Scalar; aux: T },
  ): Turns<LossAndGrads<T>> {
    if (this.shared !== undefined) return yield* this.shared.accumulate(name, parameters, inputs, f);
    if (this.areParallel) inputs.forEach((input, part) => markPart(input, part));
    const flush = this.areParallel ? () => undefined : undefined;
    return yield* accumulation(this.count, parameters, (index) => f(inputs[index]!, index), flush);
  }

  /**
   * Updates variables from gradients of {@link MicroBatches.accumulate}.
   *
   * @param name of the update among those of the step
   * @param inputs everything that changes from step to step
   */
  update<I extends object>(name: string, inputs: I, f: (inputs: I) => void): void {
    if (this.shared !== undefined) this.shared.update(name, inputs, f);
    else f(inputs);
  }

  /**
   * Joins numbers of the images of this process with those of the others.
   *
   * @param own one [count * size, ...] tensor by name, in float32
   * @returns [batch, ...] by name
   */
  *join(own: Record<string, tf.Tensor>): Turns<Record<string, tf.Tensor>> {
    const joined: Record<string, tf.Tensor> = { ...own };
    if (this.communicator.size === 1) return joined;
    for (const [name, tensor] of Object.entries(own)) {
      let all: Uint8Array[] = [];
      yield tensor.data().then(async (data) => {
        const { buffer, byteOffset, byteLength } = data as Float32Array;
        all = await this.communicator.gather(new Uint8Array(buffer, byteOffset, byteLength));
      });
      const bytes = new Uint8Array(all.reduce((total, { length }) => total + length, 0));
      all.reduce((start, part) => (bytes.set(part, start), start + part.length), 0);
      joined[name] = tf.tensor(new Float32Array(bytes.buffer), [this.batch, ...tensor.shape.slice(1)], 'float32');
    }
    return joined;
  }

  /**
   * Sources of dropout masks, one per micro-batch. They are kept for the whole run, because a replayed step draws from
   * the ones it was recorded with. {@link MicroBatches.restartMasks} starts a new batch.
   */
  masks(): MaskRng[] {
    return Array.from({ length: this.count }, () => new MaskRng([0, 0]));
  }

  /** Gives every micro-batch its share of the masks of a new batch. */
  restartMasks(masks: readonly MaskRng[], batch: MaskRng): void {
    masks.forEach((mask, index) => mask.restart(batch.share(this.start(index))));
  }

  /**
   * Uploads a micro-batch's share of the batch's numbers.
   *
   * @param data numbers of the whole batch, image by image
   * @param index of the micro-batch
   * @param shape of one image's numbers: [] gives [size], [H, W, C] gives [size, H, W, C]
   */
  tensor<R extends tf.Rank>(data: Float32Array, index: number, shape: readonly number[]): tf.Tensor<R> {
    const perImage = shape.reduce((a, b) => a * b, 1);
    const start = this.start(index);
    const share = data.subarray(start * perImage, (start + this.size) * perImage);
    return tf.tensor<R>(share, [this.size, ...shape] as tf.ShapeMap[R], 'float32');
  }

  /**
   * A micro-batch's labels.
   *
   * @param drawn numbers of the whole batch's labels, as {@link LabelPrior.draw} returns them
   * @returns [size, labelDim], one-hot for classes; undefined for an unconditional network
   */
  labels(drawn: Int32Array, index: number, prior: LabelPrior): tf.Tensor2D | undefined {
    if (prior.labelDim === 0) return undefined;
    const share = drawn.subarray(this.start(index), this.start(index) + this.size);
    return tf.tensor2d(prior.vectors(share), [this.size, prior.labelDim]);
  }

  /**
   * A training step over this batch, which stops after each micro-batch. A single micro-batch is replayed by engines that can
   * replay; several are computed one after the other, so that memory is freed in between, and the event loop has a turn, in
   * which a program answers signals.
   *
   * @returns a function that makes the inputs, runs the step, and disposes everything but the result
   */
  compileTurns<I extends object, O extends tf.NamedTensorMap>(
    step: (inputs: I) => Turns<O>,
  ): (inputs: () => I) => Promise<O> {
    if (!this.isWhole && !this.areParallel) {
      return (inputs) =>
        inTurns(
          (function* () {
            return yield* step(inputs());
          })(),
        );
    }
    const compiled = compileStep((inputs: I) => atOnce(step(inputs)));
    return async (inputs) => tf.tidy(() => compiled(inputs()));
  }
}

/** @throws RangeError if the batch cannot be split so */
function splitBatch(
  { batch, batchGpu }: { batch: number; batchGpu?: number | null },
  communicator: Communicator,
): OwnMicroBatches {
  const processes = communicator.size;
  const size = Math.min(batchGpu ?? largestDivisor(batch, Math.floor(batch / processes)), batch);
  const total = batch / size;
  if (!Number.isInteger(total)) {
    throw new RangeError(
      `A batch of ${batch} images cannot be split into micro-batches of ${size}: choose a divisor of ${batch} for batchGpu.`,
    );
  }
  if (total < processes) {
    throw new RangeError(
      `A batch of ${batch} images in micro-batches of ${size} cannot be shared by ${processes} processes: ` +
        (batch < processes
          ? `start at most ${batch} processes, or choose a larger batch.`
          : `choose at most ${largestDivisor(batch, Math.floor(batch / processes))} for batchGpu, or start at most ${total} processes.`),
    );
  }
  const { start, end } = shareOf(total, communicator);
  return { size, total, first: start, count: end - start };
}

/** The largest divisor that is not above a limit. */
function largestDivisor(of: number, limit: number): number {
  for (let divisor = Math.min(limit, of); divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}
