import * as tf from '@tensorflow/tfjs-core';
import { Adam, type AdamRates, type Parameter } from '@onestep/nn';
import type { MaskRng, RngState } from '@onestep/random';
import {
  checkAugmentation,
  EmaSet,
  isDenoiserAlive,
  joinParts,
  momentsFromSums,
  MicroBatches,
  restoreWhole,
  takePart,
  withoutGradient,
  type Augmentation,
  type Communicator,
  type DenoiserNetwork,
  type ImageBatch,
  type ImageBatchSource,
  type Moments,
  type NamedSnapshot,
  type NetworkSnapshot,
  type TaskState,
  type TrainingTask,
  type Turns,
} from '@onestep/diffusion-core';
import { edmLoss } from '../losses/edm-loss.js';
import type { TrainingLoss } from '../losses/training-loss.js';
import { saveNetwork } from '../network-file.js';
import { completeTrainingOptions, type EdmTrainingOptions } from './edm-training-options.js';
import { TrainingDraws, type StepDraws } from './training-draws.js';

/** Arguments of {@link EdmTrainingTask}. */
export interface EdmTrainingArgs {
  /** The network to train, with its initial weights. The task takes ownership. */
  network: DenoiserNetwork;
  /** Source of the training images. */
  batches: ImageBatchSource;
  /** Options left out or undefined have the published defaults. */
  options?: Partial<EdmTrainingOptions>;
  /** The loss; left out, {@link edmLoss}. */
  loss?: TrainingLoss;
  /** The processes that share each batch. Left out, this one alone. */
  communicator?: Communicator;
  /** Augmentation of the training images. Its `labelDim` must be the network's `augmentDim`. */
  augmentation?: Augmentation | null;
}

/** Trains a denoiser on images, as in Karras et al. 2022 (Appendix F.2 and the published code). */
export class EdmTrainingTask implements TrainingTask {
  /** The network being trained. */
  readonly network: DenoiserNetwork;
  private readonly emas: EmaSet<DenoiserNetwork>;
  private readonly options: EdmTrainingOptions;
  private readonly loss: TrainingLoss;
  private readonly augmentation: Augmentation | null;
  private readonly batches: ImageBatchSource;
  private readonly parameters: Parameter[];
  private readonly optimizer: Adam;
  private readonly draws: TrainingDraws;
  private readonly microBatches: MicroBatches;
  /** Sources of dropout masks, one per micro-batch. */
  private readonly masks: MaskRng[];
  private readonly update: (inputs: () => StepInputs) => Promise<{ sums: tf.Tensor1D }>;

  /** @throws RangeError if an option is out of range, or the network does not take the augmentation's labels */
  constructor(args: EdmTrainingArgs) {
    const { network, batches, options = {}, loss = edmLoss(), augmentation = null, communicator } = args;
    this.options = completeTrainingOptions(options);
    checkAugmentation(augmentation, network);
    this.loss = loss;
    this.augmentation = augmentation;
    this.batches = batches;
    this.network = network;
    this.emas = new EmaSet(network, this.options);
    network.module.train();
    const named = network.module.namedParameters();
    this.parameters = [...named.values()];
    this.optimizer = new Adam(named, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    this.draws = new TrainingDraws(this.options.seed);
    // Left out, the images at once are the share of a process.
    const { batch } = this.options;
    this.microBatches = new MicroBatches({ batch, batchGpu: options.batchGpu }, communicator, {
      pixels: network.imgResolution ** 2,
    });
    this.masks = this.microBatches.masks();
    this.update = this.microBatches.compileTurns((inputs: StepInputs) => this.applyUpdate(inputs));
  }

  /** The network with averaged (EMA) weights, of the first length. */
  get ema(): DenoiserNetwork {
    return this.emas.first;
  }

  get batchSize(): number {
    return this.options.batch;
  }

  /**
   * Trains on the next batch.
   *
   * @returns moments of the loss over all pixels of the valid samples, before its scaling, and the number of the others
   * @throws if the batch does not fit the network
   */
  async step(imagesSeen: number): Promise<{ 'Loss/loss': Moments; NaN_samples: number }> {
    const { rows } = this.microBatches;
    const batch = await this.batches.next(rows);
    this.checkBatch(batch);
    const draws = this.draws.draw(batch, this.loss, this.augmentation, this.network, rows);
    const { sums } = await this.update(() => this.stepInputs(draws, imagesSeen));
    const [sum, squares, invalid] = (await sums.data()) as Float32Array;
    sums.dispose();
    const valid = (draws.images.length / this.options.batch) * (this.options.batch - invalid!);
    return { 'Loss/loss': momentsFromSums(valid, sum!, squares!), NaN_samples: invalid! };
  }

  async state(): Promise<TaskState> {
    return {
      tensors: joinParts({
        network: await this.network.module.stateDict(),
        ...(await this.emas.stateDicts('ema')),
        optimizer: await this.optimizer.stateDict(),
      }),
      values: {
        network: this.network.settings,
        streams: this.draws.state(),
        batches: this.batches.state(),
        emas: this.emas.state(),
      },
    };
  }

  /** @throws if the state was saved with another network, or lacks a random stream */
  async restore(state: TaskState): Promise<void> {
    await restoreWhole({ state: () => this.state(), load: (from) => this.load(from) }, state);
  }

  private load({ tensors, values }: TaskState): void {
    const theirs = formatSettings(values.network as Record<string, unknown>);
    const ours = formatSettings(this.network.settings);
    if (theirs !== ours) {
      throw new Error(`The training state belongs to another network: its settings are ${theirs}, not ${ours}.`);
    }
    this.network.module.loadStateDict(takePart(tensors, 'network'));
    this.emas.restore(tensors, 'ema', values.emas);
    this.optimizer.loadStateDict(takePart(tensors, 'optimizer'));
    this.draws.restore(values.streams as Record<string, RngState>);
    this.batches.restore(values.batches);
  }

  /** Returns the contents of a network file with the averaged weights. */
  async snapshot(): Promise<NetworkSnapshot> {
    return this.emas.snapshot(saveNetwork);
  }

  furtherSnapshots(): AsyncIterable<NamedSnapshot> {
    return this.emas.furtherSnapshots(saveNetwork);
  }

  async isAlive(): Promise<boolean> {
    return (await isDenoiserAlive(this.network)) && (await isDenoiserAlive(this.ema));
  }

  /** Frees the networks and the optimizer's state. */
  dispose(): void {
    this.network.module.dispose();
    this.emas.dispose();
    this.optimizer.dispose();
  }

  /** One optimizer step and one EMA step. @returns see {@link sumValidSamples} */
  private *applyUpdate({ microBatches, rates, emaDecays }: StepInputs): Turns<{ sums: tf.Tensor1D }> {
    const { aux, grads } = yield* this.microBatches.accumulate(
      'loss',
      this.parameters,
      microBatches,
      (inputs, index) => {
        const { labels, augmentLabels, ...drawn } = inputs;
        const conditions = { labels, augmentLabels, rng: this.masks[index] };
        const pixels = this.loss.evaluate({ denoiser: this.network, ...drawn, conditions });
        return {
          // Summed over pixels, averaged over the batch.
          loss: tf.mul(tf.sum(pixels), this.options.ls / this.options.batch) as tf.Scalar,
          aux: { sums: sumValidSamples(pixels) },
        };
      },
    );
    this.microBatches.update('update', { grads, rates, emaDecays }, (given) => {
      this.optimizer.update(given.grads, given.rates);
      this.emas.update(this.network, given.emaDecays);
    });
    return { sums: aux.sums };
  }

  /** Uploads everything that changes from step to step, so that a step can be replayed. */
  private stepInputs(draws: StepDraws, imagesSeen: number): StepInputs {
    this.microBatches.restartMasks(this.masks, draws.masks);
    return {
      microBatches: this.masks.map((_, index) => this.upload(draws, index)),
      rates: this.optimizer.nextRates(this.learningRate(imagesSeen)),
      emaDecays: this.emas.nextDecays(imagesSeen),
    };
  }

  /** Uploads the draws of one micro-batch. */
  private upload({ images, labels, augmentLabels, sigma, noise }: StepDraws, index: number): MicroBatch {
    const { imgResolution: size, imgChannels: channels, labelDim } = this.network;
    const { microBatches, augmentation } = this;
    const vectors = (data: Float32Array | null, length: number) =>
      data === null || length === 0 ? undefined : microBatches.tensor<tf.Rank.R2>(data, index, [length]);
    return {
      images: microBatches.tensor<tf.Rank.R4>(images, index, [size, size, channels]),
      sigma: microBatches.tensor<tf.Rank.R1>(sigma, index, []),
      noise: microBatches.tensor<tf.Rank.R4>(noise, index, [size, size, channels]),
      labels: vectors(labels, labelDim),
      augmentLabels: vectors(augmentLabels, augmentation?.labelDim ?? 0),
    };
  }

  private learningRate(imagesSeen: number): number {
    const { lr, lrWarmupKimg } = this.options;
    return lr * Math.min(imagesSeen / Math.max(lrWarmupKimg * 1000, 1e-8), 1);
  }

  private checkBatch({ images, labels, count }: ImageBatch): void {
    const { imgResolution, imgChannels, labelDim } = this.network;
    const { batch } = this.options;
    const expected = batch * imgResolution ** 2 * imgChannels;
    if (count !== batch || images.length !== expected) {
      throw new Error(
        `The batch has ${count} images in ${images.length} bytes; this run needs ${batch} of ` +
          `${imgResolution}x${imgResolution}x${imgChannels}, ${expected} bytes.`,
      );
    }
    if (labelDim > 0 && labels?.length !== count * labelDim) {
      const found = labels === null ? 'no labels' : `labels of length ${labels.length / count}`;
      throw new Error(`The network takes labels of length ${labelDim}, but the images have ${found}.`);
    }
  }
}

/**
 * Sums of the loss and of its square over the pixels of the samples whose loss is a number, and the count of the other
 * samples; constants.
 *
 * @param pixels the loss, [N, H, W, C]
 */
function sumValidSamples(pixels: tf.Tensor): tf.Tensor1D {
  return withoutGradient(() => {
    const perSample = tf.sum(pixels, [1, 2, 3], true);
    // x - x is 0 for numbers and NaN for everything else.
    const invalid = tf.isNaN(tf.sub(perSample, perSample));
    const valid = tf.where(invalid, tf.zerosLike(pixels), pixels);
    return tf.stack([tf.sum(valid), tf.sum(tf.square(valid)), tf.sum(tf.cast(invalid, 'float32'))]) as tf.Tensor1D;
  });
}

/** Settings as JSON, without what is known of the labels and the precision, which change nothing about the weights. */
function formatSettings({ classNames: _, labels: __, useFp16: ___, ...settings }: Record<string, unknown>): string {
  return JSON.stringify(settings);
}

/** The tensors of one micro-batch. */
interface MicroBatch {
  images: tf.Tensor4D;
  sigma: tf.Tensor1D;
  noise: tf.Tensor4D;
  labels: tf.Tensor2D | undefined;
  augmentLabels: tf.Tensor2D | undefined;
}

/** The tensors of a step. */
interface StepInputs {
  microBatches: MicroBatch[];
  rates: AdamRates;
  emaDecays: tf.Scalar[];
}
