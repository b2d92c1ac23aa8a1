import * as tf from '@tensorflow/tfjs-core';
import { Adam, emaDecay, lossAndGrads, Rng, updateEma, type Parameter, type RngState } from '@onestep/nn';
import {
  joinParts,
  takePart,
  type Conditions,
  type DenoiserNetwork,
  type NetworkSnapshot,
  type StepStats,
  type TaskState,
  type TrainingTask,
} from '@onestep/diffusion-core';
import { edmLoss } from '../losses/edm-loss.js';
import type { TrainingLoss } from '../losses/training-loss.js';
import { saveNetwork } from '../network-file.js';
import { EDM_TRAINING_DEFAULTS, type EdmTrainingOptions } from './edm-training-options.js';
import type { ImageBatch, ImageBatchSource } from './image-batch-source.js';

/** What {@link EdmTrainingTask} works with. */
export interface EdmTrainingArgs {
  /** The network to train, with its initial weights; the task takes it over. */
  network: DenoiserNetwork;
  batches: ImageBatchSource;
  options?: Partial<EdmTrainingOptions>;
  loss?: TrainingLoss;
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
  private readonly batches: ImageBatchSource;
  private readonly parameters: Parameter[];
  private readonly optimizer: Adam;
  private streams: { levels: Rng; noise: Rng; dropout: Rng };

  constructor({ network, batches, options = {}, loss = edmLoss() }: EdmTrainingArgs) {
    this.options = { ...EDM_TRAINING_DEFAULTS, ...options };
    this.batchSize = this.options.batchSize;
    this.loss = loss;
    this.batches = batches;
    this.network = network;
    this.ema = network.clone();
    this.ema.module.eval();
    network.module.train();
    const named = network.module.namedParameters();
    this.parameters = [...named.values()];
    this.optimizer = new Adam(named, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    const rng = new Rng(this.options.seed, 'edm-training');
    this.streams = { levels: rng.stream('levels'), noise: rng.stream('noise'), dropout: rng.stream('dropout') };
  }

  async step(imagesSeen: number): Promise<StepStats> {
    const batch = await this.batches.next();
    this.checkBatch(batch);
    const { batchSize, streams } = this;
    const sigmas = this.loss.sigmas(this.loss.draw(streams.levels, batchSize));
    const noise = streams.noise.normal(batch.images.length);
    const loss = tf.tidy(() => this.update(batch, sigmas, noise, imagesSeen));
    const [value] = (await loss.data()) as Float32Array;
    loss.dispose();
    // The statistic is the mean over pixels of the loss without its scaling.
    const pixels = batch.images.length / batchSize;
    return { 'Loss/loss': value! / (this.options.lossScaling * pixels) };
  }

  async state(): Promise<TaskState> {
    const { levels, noise, dropout } = this.streams;
    return {
      tensors: joinParts({
        network: await this.network.module.stateDict(),
        ema: await this.ema.module.stateDict(),
        optimizer: await this.optimizer.stateDict(),
      }),
      values: {
        network: this.network.settings,
        streams: { levels: levels.state(), noise: noise.state(), dropout: dropout.state() },
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
    const streams = values.streams as Record<keyof typeof this.streams, RngState>;
    this.streams = {
      levels: Rng.fromState(streams.levels),
      noise: Rng.fromState(streams.noise),
      dropout: Rng.fromState(streams.dropout),
    };
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

  /** One optimizer step and one step of the average; returns the loss. */
  private update(batch: ImageBatch, sigmas: Float32Array, noise: Float32Array, imagesSeen: number): tf.Scalar {
    const { imgResolution, imgChannels } = this.network;
    const shape: [number, number, number, number] = [batch.count, imgResolution, imgResolution, imgChannels];
    const args = {
      denoiser: this.network,
      images: tf.tensor4d(toUnitRange(batch.images), shape),
      sigma: tf.tensor1d(sigmas),
      noise: tf.tensor4d(noise, shape),
      conditions: this.conditions(batch),
    };
    const { loss, grads } = lossAndGrads(() => {
      // Summed over pixels, averaged over the batch.
      const sum = tf.sum(this.loss.evaluate(args));
      return { loss: tf.mul(sum, this.options.lossScaling / batch.count) as tf.Scalar, aux: {} };
    }, this.parameters);
    this.optimizer.step(grads, this.learningRate(imagesSeen));
    const { emaHalfLifeKimg, emaRampUpRatio } = this.options;
    updateEma(
      this.ema.module,
      this.network.module,
      emaDecay(batch.count, emaHalfLifeKimg * 1000, imagesSeen, emaRampUpRatio),
    );
    return loss;
  }

  private conditions({ labels, count }: ImageBatch): Conditions {
    const { labelDim } = this.network;
    const rng = this.streams.dropout;
    return labelDim === 0 ? { rng } : { labels: tf.tensor2d(labels!, [count, labelDim]), rng };
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

/** Pixels from [0, 255] to [-1, 1]. */
function toUnitRange(pixels: Uint8Array): Float32Array {
  const images = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) images[i] = pixels[i]! / 127.5 - 1;
  return images;
}
