import { fromUint8, RandomStreams, type Augmentation, type ImageBatch, type Share } from '@onestep/diffusion-core';
import { MaskRng, type RngState } from '@onestep/random';
import type { TrainingLoss } from '../losses/training-loss.js';

/** The numbers of a step, for a whole batch, in host memory. */
export interface StepDraws {
  /** [N, H, W, C] augmented images in [-1, 1]. */
  images: Float32Array;
  /** [N, labelDim]; null for unlabeled images. */
  labels: Float32Array | null;
  /** [N, augmentDim] parameters of the augmentation of each image; null without augmentation. */
  augmentLabels: Float32Array | null;
  /** [N] noise levels. */
  sigma: Float32Array;
  /** [N, H, W, C] standard normal. */
  noise: Float32Array;
  /** Source of the dropout masks. */
  masks: MaskRng;
}

/** Draws everything random about a training: noise levels, noise, augmentation and dropout masks. */
export class TrainingDraws {
  private readonly streams: RandomStreams<'levels' | 'noise' | 'dropout' | 'augment'>;

  constructor(seed: number) {
    this.streams = new RandomStreams(seed, 'edm-training', ['levels', 'noise', 'dropout', 'augment']);
  }

  /**
   * Draws for a whole batch, so that the numbers do not depend on how it is split into micro-batches.
   *
   * @param rows the images that are needed: images and noise of the others are not made
   */
  draw(
    { images: bytes, labels, count }: ImageBatch,
    loss: TrainingLoss,
    augmentation: Augmentation | null,
    { imgResolution: size, imgChannels: channels }: { imgResolution: number; imgChannels: number },
    rows: Share = { start: 0, end: count },
  ): StepDraws {
    const { streams } = this;
    const images = fromUint8(bytes);
    const each = size * size * channels;
    const augmentLabels =
      augmentation?.augment({ pixels: images, size, channels, rows }, streams.get('augment')) ?? null;
    return {
      images,
      labels,
      augmentLabels,
      sigma: loss.sigmas(loss.draw(streams.get('levels'), count)),
      noise: streams.get('noise').normal(images.length, { start: rows.start * each, end: rows.end * each }),
      masks: MaskRng.draw(streams.get('dropout')),
    };
  }

  /** Returns JSON from which {@link TrainingDraws.restore} resumes. */
  state(): Record<string, RngState> {
    return this.streams.state();
  }

  /** @throws naming a stream that the state lacks */
  restore(state: Record<string, RngState>): void {
    this.streams.restore(state);
  }
}
