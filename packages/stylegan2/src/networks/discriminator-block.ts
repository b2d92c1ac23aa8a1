import * as tf from '@tensorflow/tfjs-core';
import { downsampleFiltered, Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { DiscriminatorSettings } from '../settings.js';
import { channelsAt } from './block-channels.js';
import { EqualizedConv2d } from './equalized-conv.js';
import { firBuffer } from './fir-filter.js';

/** What a block passes to the next one. */
export interface DiscriminatorInput {
  /** Null before the first `fromrgb`. */
  x: tf.Tensor4D | null;
  /** The image at the block's resolution; null where nothing reads it any more. */
  image: tf.Tensor4D | null;
}

/** The layers of one resolution, which halve it. */
export class DiscriminatorBlock extends Module {
  /** [4, 4], a buffer. */
  readonly resample_filter = firBuffer();
  readonly fromrgb: EqualizedConv2d | null = null;
  readonly conv0: EqualizedConv2d;
  readonly conv1: EqualizedConv2d;
  readonly skip: EqualizedConv2d | null = null;
  private readonly passesImage: boolean;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(resolution: number, settings: DiscriminatorSettings, rng: Rng | null) {
    super();
    const { architecture, imgResolution, imgChannels, convClamp } = settings;
    const channels = channelsAt(resolution, settings);
    const outChannels = channelsAt(resolution / 2, settings);
    const activated = { activation: true, clamp: convClamp };
    this.passesImage = architecture === 'skip';
    if (this.passesImage || resolution === imgResolution) {
      this.fromrgb = new EqualizedConv2d(imgChannels, channels, 1, rng, activated);
    }
    const isResidual = architecture === 'resnet';
    const gain = isResidual ? Math.SQRT1_2 : 1;
    this.conv0 = new EqualizedConv2d(channels, channels, 3, rng, activated);
    this.conv1 = new EqualizedConv2d(channels, outChannels, 3, rng, { ...activated, resample: 'down', gain });
    if (isResidual) {
      this.skip = new EqualizedConv2d(channels, outChannels, 1, rng, { bias: false, resample: 'down', gain });
    }
  }

  /** @returns the features, [N, H / 2, W / 2, out], and the image of that size if the next block reads it */
  forward({ x, image }: DiscriminatorInput): DiscriminatorInput {
    const input = addFromImage(x, image, this.fromrgb);
    const y = this.conv1.forward(this.conv0.forward(input));
    return {
      x: this.skip === null ? y : (tf.add(this.skip.forward(input), y) as tf.Tensor4D),
      image: this.passesImage ? downsampleFiltered(image!, this.resample_filter.variable, 1) : null,
    };
  }
}

/** Adds the features of the image, in blocks that read it. */
export function addFromImage(
  x: tf.Tensor4D | null,
  image: tf.Tensor4D | null,
  fromrgb: EqualizedConv2d | null,
): tf.Tensor4D {
  if (fromrgb === null) return x!;
  const features = fromrgb.forward(image!);
  return x === null ? features : (tf.add(x, features) as tf.Tensor4D);
}
