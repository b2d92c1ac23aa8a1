import * as tf from '@tensorflow/tfjs-core';
import type { Parameter } from '@onestep/nn';
import { Module, upsampleFiltered } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { SynthesisGeneratorSettings } from '../settings.js';
import { channelsAt } from './block-channels.js';
import { EqualizedConv2d } from './equalized-conv.js';
import { firBuffer } from './fir-filter.js';
import { normalParameter } from './normal-parameter.js';
import { SynthesisLayer } from './synthesis-layer.js';
import { ToRgbLayer } from './to-rgb-layer.js';

/** What a block passes to the next one. */
export interface BlockOutput {
  x: tf.Tensor4D;
  /** The image so far; null before the first `torgb`. */
  image: tf.Tensor4D | null;
}

/** The layers of one resolution. */
export class SynthesisBlock extends Module {
  /** [C, 4, 4]; only in the first block. */
  readonly const: Parameter | null = null;
  /** [4, 4], a buffer. */
  readonly resample_filter = firBuffer();
  readonly conv0: SynthesisLayer | null = null;
  readonly conv1: SynthesisLayer;
  readonly torgb: ToRgbLayer | null = null;
  readonly skip: EqualizedConv2d | null = null;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(resolution: number, settings: SynthesisGeneratorSettings, rng: Rng | null) {
    super();
    const { architecture, imgResolution, imgChannels, wDim, convClamp, useNoise } = settings;
    const channels = channelsAt(resolution, settings);
    const isFirst = resolution === 4;
    const common = { wDim, resolution, useNoise, clamp: convClamp };
    if (isFirst) {
      this.const = normalParameter(rng, [channels, 4, 4]);
    } else {
      this.conv0 = new SynthesisLayer(channelsAt(resolution / 2, settings), channels, rng, { ...common, up: true });
    }
    const isResidual = architecture === 'resnet' && !isFirst;
    const gain = isResidual ? Math.SQRT1_2 : 1;
    this.conv1 = new SynthesisLayer(channels, channels, rng, { ...common, up: false, gain });
    if (architecture === 'skip' || resolution === imgResolution) {
      this.torgb = new ToRgbLayer(channels, imgChannels, wDim, convClamp, rng);
    }
    if (isResidual) {
      const options = { bias: false, resample: 'up', gain: Math.SQRT1_2 } as const;
      this.skip = new EqualizedConv2d(channelsAt(resolution / 2, settings), channels, 1, rng, options);
    }
  }

  /** The layers with noise, in the order of the forward pass. */
  get layers(): readonly SynthesisLayer[] {
    return this.conv0 === null ? [this.conv1] : [this.conv0, this.conv1];
  }

  /**
   * @param previous output of the block before; null for the first
   * @param ws [N, wDim] for each layer, and one for `torgb`
   * @param noise for each layer: see {@link SynthesisLayer.forward}
   */
  forward(
    previous: BlockOutput | null,
    ws: readonly tf.Tensor2D[],
    noise: readonly (tf.Tensor4D | null)[],
  ): BlockOutput {
    const x = this.convolve(previous, ws, noise);
    const before = previous?.image ?? null;
    const upsampled = before && upsampleFiltered(before, this.resample_filter.variable, 1);
    if (this.torgb === null) return { x, image: upsampled };
    const own = this.torgb.forward(x, ws[this.layers.length]!);
    return { x, image: upsampled === null ? own : (tf.add(upsampled, own) as tf.Tensor4D) };
  }

  private convolve(
    previous: BlockOutput | null,
    ws: readonly tf.Tensor2D[],
    noise: readonly (tf.Tensor4D | null)[],
  ): tf.Tensor4D {
    if (previous === null || this.conv0 === null) {
      const constant = tf.expandDims(tf.transpose(this.const!.variable, [1, 2, 0]), 0);
      const repeated = tf.tile(constant, [ws[0]!.shape[0], 1, 1, 1]) as tf.Tensor4D;
      return this.conv1.forward(repeated, ws[0]!, noise[0]!);
    }
    const y = this.conv0.forward(previous.x, ws[0]!, noise[0]!);
    const branch = this.conv1.forward(y, ws[1]!, noise[1]!);
    return this.skip === null ? branch : (tf.add(this.skip.forward(previous.x), branch) as tf.Tensor4D);
  }
}
