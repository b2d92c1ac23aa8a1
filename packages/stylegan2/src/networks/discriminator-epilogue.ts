import * as tf from '@tensorflow/tfjs-core';
import { Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { DiscriminatorSettings } from '../settings.js';
import { channelsAt } from './block-channels.js';
import { EqualizedConv2d } from './equalized-conv.js';
import { EqualizedLinear } from './equalized-linear.js';
import { addFromImage, type DiscriminatorInput } from './discriminator-block.js';
import { appendMinibatchDeviation } from './minibatch-deviation.js';

/** The last block: 4 x 4 features to one number, or to one vector for the projection on a label. */
export class DiscriminatorEpilogue extends Module {
  readonly fromrgb: EqualizedConv2d | null = null;
  readonly conv: EqualizedConv2d;
  readonly fc: EqualizedLinear;
  readonly out: EqualizedLinear;
  private readonly mbstdGroupSize: number | null;
  private readonly mbstdNumChannels: number;

  /**
   * @param outFeatures 1, or the length of the embedded label
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   */
  constructor(outFeatures: number, settings: DiscriminatorSettings, rng: Rng | null) {
    super();
    const { architecture, imgChannels, convClamp, mbstdGroupSize, mbstdNumChannels } = settings;
    const channels = channelsAt(4, settings);
    this.mbstdGroupSize = mbstdGroupSize;
    this.mbstdNumChannels = mbstdNumChannels;
    if (architecture === 'skip') {
      this.fromrgb = new EqualizedConv2d(imgChannels, channels, 1, rng, { activation: true });
    }
    const activated = { activation: true, clamp: convClamp };
    this.conv = new EqualizedConv2d(channels + mbstdNumChannels, channels, 3, rng, activated);
    this.fc = new EqualizedLinear(channels * 16, channels, rng, { activation: true });
    this.out = new EqualizedLinear(channels, outFeatures, rng);
  }

  /** @returns [N, outFeatures] */
  forward({ x, image }: DiscriminatorInput): tf.Tensor2D {
    const input = addFromImage(x, image, this.fromrgb);
    const withDeviation =
      this.mbstdNumChannels > 0 ? appendMinibatchDeviation(input, this.mbstdGroupSize, this.mbstdNumChannels) : input;
    const y = this.conv.forward(withDeviation);
    // The published order of the features: channel, row, column.
    const features = tf.reshape(tf.transpose(y, [0, 3, 1, 2]), [y.shape[0], -1]) as tf.Tensor2D;
    return this.out.forward(this.fc.forward(features));
  }
}
