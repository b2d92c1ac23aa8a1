import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, GroupNorm, Linear, ModuleDict, PositionalEmbedding, silu } from '@onestep/nn';
import { type MaskRng, type Rng } from '@onestep/random';
import type { Conditions, FeatureMap } from '@onestep/diffusion-core';
import type { DhariwalUNetSettings } from './dhariwal-unet-settings.js';
import { dropLabels } from './label-dropout.js';
import { UNet, type UNetShape } from './unet.js';
import { UNetBlock, type BlockStyle } from './unet-block.js';

const KAIMING = { mode: 'kaiming_uniform', weight: Math.sqrt(1 / 3), bias: Math.sqrt(1 / 3) } as const;
/** Of the published network. */
const CHANNELS_PER_HEAD = 64;
const ZERO = { mode: 'kaiming_uniform', weight: 0, bias: 0 } as const;

/** ADM (Dhariwal & Nichol 2021), as re-implemented by Karras et al. 2022. */
export class DhariwalUNet extends UNet {
  readonly map_noise: PositionalEmbedding;
  readonly map_augment: Linear | null;
  readonly map_layer0: Linear;
  readonly map_layer1: Linear;
  readonly map_label: Linear | null;
  readonly enc = new ModuleDict<Conv2d | UNetBlock>();
  readonly dec = new ModuleDict<UNetBlock>();
  readonly out_norm: GroupNorm;
  readonly out_conv: Conv2d;
  protected readonly encoderOutputs: FeatureMap[] = [];
  private readonly labelDropout: number;
  /** Decoder blocks whose input has an encoder output appended. */
  private readonly takesSkip = new Set<UNetBlock>();

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(shape: UNetShape, settings: DhariwalUNetSettings, rng: Rng | null) {
    super();
    const { modelChannels, augmentDim, channelMult } = settings;
    const embChannels = modelChannels * settings.channelMultEmb;
    const init = KAIMING;
    this.labelDropout = settings.labelDropout;
    this.map_noise = new PositionalEmbedding(modelChannels);
    this.map_augment = augmentDim > 0 ? new Linear(augmentDim, modelChannels, rng, { bias: false, init: ZERO }) : null;
    this.map_layer0 = new Linear(modelChannels, embChannels, rng, { init });
    this.map_layer1 = new Linear(embChannels, embChannels, rng, { init });
    const labelInit = { mode: 'kaiming_normal', weight: Math.sqrt(shape.labelDim), bias: 0 } as const;
    const labelOptions = { bias: false, init: labelInit };
    this.map_label = shape.labelDim > 0 ? new Linear(shape.labelDim, embChannels, rng, labelOptions) : null;
    const style: BlockStyle = {
      half: shape.half ?? false,
      embChannels,
      numHeads: null,
      channelsPerHead: settings.channelsPerHead ?? CHANNELS_PER_HEAD,
      dropout: settings.dropout,
      skipScale: 1,
      epsilon: 1e-5,
      resampleFilter: [1, 1],
      resampleProj: false,
      adaptiveScale: true,
      init,
      initZero: ZERO,
      initAttn: init,
    };
    this.buildEncoder(shape, settings, style, rng);
    this.buildDecoder(shape, settings, style, rng);
    const outWidth = modelChannels * channelMult[0]!;
    this.out_norm = new GroupNorm(outWidth);
    this.out_conv = new Conv2d(outWidth, shape.outChannels, 3, rng, { init: ZERO });
  }

  /** [N, embChannels] from the noise level, the labels and the augmentation labels. */
  protected embed(noiseLabels: tf.Tensor1D, { labels, augmentLabels, rng }: Conditions): tf.Tensor2D {
    let emb = this.map_noise.forward(noiseLabels);
    if (this.map_augment !== null && augmentLabels !== undefined) {
      emb = tf.add(emb, this.map_augment.forward(augmentLabels));
    }
    emb = this.map_layer1.forward(silu(this.map_layer0.forward(emb)));
    if (this.map_label !== null) {
      const kept = this.training ? dropLabels(labels!, this.labelDropout, rng) : labels!;
      emb = tf.add(emb, this.map_label.forward(kept));
    }
    return silu(emb);
  }

  protected encode(x: tf.Tensor4D, emb: tf.Tensor2D, count: number, rng?: MaskRng): tf.Tensor4D[] {
    const kept: tf.Tensor4D[] = [];
    let h = x;
    for (const [, layer] of this.enc.entries().slice(0, count)) {
      h = layer instanceof Conv2d ? layer.forward(h) : layer.forward(h, emb, rng);
      kept.push(h);
    }
    return kept;
  }

  protected decode(encoded: tf.Tensor4D[], emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D {
    let h = encoded.at(-1)!;
    for (const [, block] of this.dec.entries()) {
      const input = this.takesSkip.has(block) ? (tf.concat([h, encoded.pop()!], 3) as tf.Tensor4D) : h;
      h = block.forward(input, emb, rng);
    }
    return this.out_conv.forward(this.out_norm.forward(h, { silu: true }));
  }

  private buildEncoder(shape: UNetShape, settings: DhariwalUNetSettings, style: BlockStyle, rng: Rng | null): void {
    const { modelChannels, channelMult, numBlocks, attnResolutions } = settings;
    let channels = shape.inChannels;
    for (const [level, mult] of channelMult.entries()) {
      const resolution = shape.imgResolution >> level;
      const prefix = `${resolution}x${resolution}`;
      const width = modelChannels * mult;
      const attention = attnResolutions.includes(resolution);
      const add = (name: string, layer: Conv2d | UNetBlock, width: number) => {
        this.enc.add(name, layer);
        this.encoderOutputs.push({ name, resolution, channels: (channels = width) });
      };
      if (level === 0) add(`${prefix}_conv`, new Conv2d(channels, width, 3, rng, { init: style.init }), width);
      else add(`${prefix}_down`, new UNetBlock(channels, channels, style, rng, { resample: 'down' }), channels);
      for (let index = 0; index < numBlocks; index++) {
        add(`${prefix}_block${index}`, new UNetBlock(channels, width, style, rng, { attention }), width);
      }
    }
  }

  private buildDecoder(
    shape: UNetShape,
    { modelChannels, channelMult, numBlocks, attnResolutions }: DhariwalUNetSettings,
    style: BlockStyle,
    rng: Rng | null,
  ): void {
    const kept = this.encoderOutputs.map(({ channels }) => channels);
    let channels = kept.at(-1)!;
    const lowest = channelMult.length - 1;
    for (let level = lowest; level >= 0; level--) {
      const resolution = shape.imgResolution >> level;
      const prefix = `${resolution}x${resolution}`;
      if (level === lowest) {
        this.dec.add(`${prefix}_in0`, new UNetBlock(channels, channels, style, rng, { attention: true }));
        this.dec.add(`${prefix}_in1`, new UNetBlock(channels, channels, style, rng));
      } else {
        this.dec.add(`${prefix}_up`, new UNetBlock(channels, channels, style, rng, { resample: 'up' }));
      }
      for (let index = 0; index <= numBlocks; index++) {
        const width = modelChannels * channelMult[level]!;
        const attention = attnResolutions.includes(resolution);
        const block = new UNetBlock(channels + kept.pop()!, width, style, rng, { attention });
        this.takesSkip.add(this.dec.add(`${prefix}_block${index}`, block));
        channels = width;
      }
    }
  }
}
