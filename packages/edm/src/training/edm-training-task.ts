import * as tf from '@tensorflow/tfjs-core';
import { Adam, emaDecay, updateEma, type AdamRates, type Parameter, type Step } from '@onestep/nn';
import { MaskRng, type RngState } from '@onestep/random';
import {
  accumulateGradients,
  checkAugmentation,
  joinParts,
  momentsFromSums,
  MicroBatches,
  takePart,
  type Conditions,
  type DenoiserNetwork,
  type Moments,
  type NetworkSnapshot,
  type TaskState,
  type TrainingTask,
} from '@onestep/diffusion-core';
import type { AugmentPipe } from '../augmentation/augment-pipe.js';
import { edmLoss } from '../losses/edm-loss.js';
import type { TrainingLoss } from '../losses/training-loss.js';
import { saveNetwork } from '../network-file.js';
import { EDM_TRAINING_DEFAULTS, type EdmTrainingOptions } from './edm-training-options.js';
import type { ImageBatch, ImageBatchSource } from './image-batch-source.js';
import { TrainingRandom, type StepDraws } from './training-random.js';

/** What {@link EdmTrainingTask} works with. */
export interface EdmTrainingArgs {
  /** The network to train, with its initial weights; the task takes it over. */
  network: DenoiserNetwork;
  batches: ImageBatchSource;
  options?: Partial<EdmTrainingOptions>;
  loss?: TrainingLoss;
  /** What images go through before they are learned; the network's `augmentDim` must be its `labelDim`. */
  augment?: AugmentPipe | null;
}

/** Trains a denoiser on images, in the way of Karras et al. 2022 (Appendix F.2 and the published code). */
export class EdmTrainingTask implements TrainingTask {
  readonly batchSize: number;
  /** The network being trained. */
  readonly network: DenoiserNetwork;
  /** The network with averaged weights. */
  readonly ema: DenoiserNetwork;
  private readonly options: EdmTrainingOptions;
  private readonly loss: TrainingLoss;
  private readonly augment: AugmentPipe | null;
  private readonly batches: ImageBatchSource;
  private readonly parameters: Parameter[];
  private readonly optimizer: Adam;
  /** Images worked on at once. */
  private readonly share: number;
  private readonly random: TrainingRandom;
  /** What the dropout masks of each round are made from. */
  private readonly masks: MaskRng[];
  private readonly update: Step<Inputs, { sums: tf.Tensor1D }>;

  /** @throws RangeError if a batch cannot be split as asked, or the network is not told what the augmentation does */
  constructor({ network, batches, options = {}, loss = edmLoss(), augment = null }: EdmTrainingArgs) {
    this.options = { ...EDM_TRAINING_DEFAULTS, ...options };
    this.batchSize = this.options.batchSize;
    this.share = Math.min(this.options.batchGpu ?? this.batchSize, this.batchSize);
    if (this.batchSize % this.share !== 0) {
      throw new RangeError(
        `A batch of ${this.batchSize} images cannot be split into rounds of ${this.share}; choose a divisor of it.`,
      );
    }
    checkAugmentation(augment, network);
    this.loss = loss;
    this.augment = augment;
    this.batches = batches;
    this.network = network;
    this.ema = network.clone();
    this.ema.module.eval();
    network.module.train();
    const named = network.module.namedParameters();
    this.parameters = [...named.values()];
    this.optimizer = new Adam(named, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    this.random = new TrainingRandom(this.options.seed);
    this.masks = Array.from({ length: this.batchSize / this.share }, () => new MaskRng([0, 0]));
    this.update = new MicroBatches({ batch: this.batchSize, batchGpu: this.share }).compile((inputs: Inputs) =>
      this.updated(inputs),
    );
  }

  /** @returns the loss of every pixel, without its scaling */
  async step(imagesSeen: number): Promise<{ 'Loss/loss': Moments }> {
    const batch = await this.batches.next();
    this.checkBatch(batch);
    const draws = this.random.draw(batch, this.loss, this.augment, this.network);
    const { sums } = tf.tidy(() => this.update(this.inputs(draws, imagesSeen)));
    const [sum, squares] = (await sums.data()) as Float32Array;
    sums.dispose();
    return { 'Loss/loss': momentsFromSums(draws.images.length, sum!, squares!) };
  }

  async state(): Promise<TaskState> {
    return {
      tensors: joinParts({
        network: await this.network.module.stateDict(),
        ema: await this.ema.module.stateDict(),
        optimizer: await this.optimizer.stateDict(),
      }),
      values: {
        network: this.network.settings,
        streams: this.random.state(),
        batches: this.batches.state(),
      },
    };
  }

  async restore({ tensors, values }: TaskState): Promise<void> {
    const theirs = JSON.stringify(values.network);
    const ours = JSON.stringify(this.network.settings);
    if (theirs !== ours) {
      throw new Error(`The training state belongs to another network: its settings are ${theirs}, and not ${ours}.`);
    }
    this.network.module.loadStateDict(takePart(tensors, 'network'));
    this.ema.module.loadStateDict(takePart(tensors, 'ema'));
    this.optimizer.loadStateDict(takePart(tensors, 'optimizer'));
    this.random.restore(values.streams as Record<string, RngState>);
    this.batches.restore(values.batches);
  }

  async snapshot(): Promise<NetworkSnapshot> {
    return saveNetwork(this.ema);
  }

  /** Frees the networks and the optimizer's state. */
  dispose(): void {
    this.network.module.dispose();
    this.ema.module.dispose();
    this.optimizer.dispose();
  }

  /** One optimizer step and one step of the average; the sums of every pixel's loss and of its square. */
  private updated({ rounds, rates, emaDecay }: Inputs): { sums: tf.Tensor1D } {
    const { aux, grads } = accumulateGradients(rounds.length, this.parameters, (round) => {
      const { labels, augmentLabels, ...drawn } = rounds[round]!;
      const conditions: Conditions = { labels, augmentLabels, rng: this.masks[round] };
      // Summed over pixels, averaged over the batch.
      const pixels = this.loss.evaluate({ denoiser: this.network, ...drawn, conditions });
      const sum = tf.sum(pixels);
      return {
        loss: tf.mul(sum, this.options.lossScaling / this.batchSize) as tf.Scalar,
        aux: { sums: tf.stack([sum, tf.sum(tf.square(pixels))]) as tf.Tensor1D },
      };
    });
    this.optimizer.update(grads, rates);
    updateEma(this.ema.module, this.network.module, emaDecay);
    return { sums: aux.sums };
  }

  /** What a step computes with: all that changes from one to the next, so that it can be replayed. */
  private inputs(draws: StepDraws, imagesSeen: number): Inputs {
    const { emaHalfLifeKimg, emaRampUpRatio } = this.options;
    return {
      rounds: this.masks.map((_, round) => this.round(draws, round)),
      rates: this.optimizer.nextRates(this.learningRate(imagesSeen)),
      emaDecay: tf.scalar(emaDecay(draws.count, emaHalfLifeKimg * 1000, imagesSeen, emaRampUpRatio)),
    };
  }

  /** Puts the images of one round on the device, with what was drawn for them. */
  private round(draws: StepDraws, round: number): Round {
    const { count, images, labels, augmentLabels, sigmas, noise, masks } = draws;
    const { imgResolution: size, imgChannels: channels } = this.network;
    const n = this.share;
    const share = (data: Float32Array) => {
      const perImage = data.length / count;
      return data.subarray(round * n * perImage, (round + 1) * n * perImage);
    };
    const pixels = (data: Float32Array) => tf.tensor4d(share(data), [n, size, size, channels]);
    const vectors = (data: Float32Array | null) =>
      data === null ? undefined : tf.tensor2d(share(data), [n, data.length / count]);
    this.masks[round]!.restart(masks.share(round * n));
    return {
      images: pixels(images),
      sigma: tf.tensor1d(share(sigmas)),
      noise: pixels(noise),
      labels: this.network.labelDim > 0 ? vectors(labels) : undefined,
      augmentLabels: vectors(augmentLabels),
    };
  }

  /** The learning rate grows linearly with the images seen before the step, so the very first step has rate 0. */
  private learningRate(imagesSeen: number): number {
    const { learningRate, learningRateRampKimg } = this.options;
    return learningRate * Math.min(imagesSeen / Math.max(learningRateRampKimg * 1000, 1e-8), 1);
  }

  private checkBatch({ images, labels, count }: ImageBatch): void {
    const { imgResolution, imgChannels, labelDim } = this.network;
    const expected = this.batchSize * imgResolution ** 2 * imgChannels;
    if (count !== this.batchSize || images.length !== expected) {
      throw new Error(
        `The batch has ${count} images in ${images.length} bytes; this run needs ${this.batchSize} of ` +
          `${imgResolution}x${imgResolution}x${imgChannels}, ${expected} bytes.`,
      );
    }
    if (labelDim > 0 && labels?.length !== count * labelDim) {
      throw new Error(`The network is trained with labels of length ${labelDim}, and the images have no such labels.`);
    }
  }
}

/** The tensors of one round. */
interface Round {
  images: tf.Tensor4D;
  sigma: tf.Tensor1D;
  noise: tf.Tensor4D;
  labels: tf.Tensor2D | undefined;
  augmentLabels: tf.Tensor2D | undefined;
}

/** The tensors of a step. */
interface Inputs {
  rounds: Round[];
  rates: AdamRates;
  emaDecay: tf.Scalar;
}
