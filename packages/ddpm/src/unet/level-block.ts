import type * as tf from '@tensorflow/tfjs-core';
import { Module, ModuleDict } from '@onestep/nn';
import type { MaskRng, Rng } from '@onestep/random';
import { AttentionBlock } from './attention-block.js';
import type { BlockStyle } from './block-style.js';
import { Downsample, Upsample } from './resampling.js';
import { ResnetBlock } from './resnet-block.js';
import type { Resampler } from './unet-2d-settings.js';

/** Options of a level, one way. */
export interface LevelOptions {
  /** Whether attention follows each residual block. */
  attention: boolean;
  /** How the level changes the resolution at its end; null for the last one. */
  resampler: Resampler | null;
  /** Padding of a convolution of stride 2. */
  downsamplePadding?: number;
}

/** One level of the way down: residual blocks, each with attention or not, and a halving of the resolution. */
export class DownBlock extends Module {
  readonly resnets = new ModuleDict<ResnetBlock>();
  readonly attentions: ModuleDict<AttentionBlock> | null;
  readonly downsamplers: ModuleDict<Downsample | ResnetBlock> | null;

  constructor(
    inChannels: number,
    outChannels: number,
    layers: number,
    style: BlockStyle,
    rng: Rng | null,
    { attention, resampler, downsamplePadding = 1 }: LevelOptions,
  ) {
    super();
    this.attentions = attention ? new ModuleDict() : null;
    this.downsamplers = resampler === null ? null : new ModuleDict();
    for (let index = 0; index < layers; index++) {
      this.resnets.add(`${index}`, new ResnetBlock(index === 0 ? inChannels : outChannels, outChannels, style, rng));
      this.attentions?.add(`${index}`, new AttentionBlock(outChannels, style, rng));
    }
    this.downsamplers?.add(
      '0',
      resampler === 'conv'
        ? new Downsample(outChannels, downsamplePadding, rng)
        : new ResnetBlock(outChannels, outChannels, style, rng, { resample: 'down' }),
    );
  }

  /** Runs the level. @returns the output of each of its layers, for the way up; the last one goes on */
  forward(x: tf.Tensor4D, emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D[] {
    const outputs = this.forwardBlocks(x, emb, rng);
    const last = outputs.at(-1)!;
    for (const [, layer] of this.downsamplers?.entries() ?? []) outputs.push(layer.forward(last, emb, rng));
    return outputs;
  }

  /** Runs the level up to the change of resolution. @returns the output of each of its layers */
  forwardBlocks(x: tf.Tensor4D, emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D[] {
    const outputs: tf.Tensor4D[] = [];
    let h = x;
    const attentions = this.attentions?.entries();
    for (const [index, [, resnet]] of this.resnets.entries().entries()) {
      h = resnet.forward(h, emb, rng);
      if (attentions !== undefined) h = attentions[index]![1].forward(h);
      outputs.push(h);
    }
    return outputs;
  }
}

/** One level of the way up: residual blocks, each on the output so far and one of the way down, and a doubling. */
export class UpBlock extends Module {
  readonly resnets = new ModuleDict<ResnetBlock>();
  readonly attentions: ModuleDict<AttentionBlock> | null;
  readonly upsamplers: ModuleDict<Upsample | ResnetBlock> | null;

  /** @param skips channels of the outputs of the way down, in the order in which they are appended */
  constructor(
    inChannels: number,
    outChannels: number,
    skips: readonly number[],
    style: BlockStyle,
    rng: Rng | null,
    { attention, resampler }: LevelOptions,
  ) {
    super();
    this.attentions = attention ? new ModuleDict() : null;
    this.upsamplers = resampler === null ? null : new ModuleDict();
    for (const [index, skip] of skips.entries()) {
      const width = (index === 0 ? inChannels : outChannels) + skip;
      this.resnets.add(`${index}`, new ResnetBlock(width, outChannels, style, rng));
      this.attentions?.add(`${index}`, new AttentionBlock(outChannels, style, rng));
    }
    this.upsamplers?.add(
      '0',
      resampler === 'conv'
        ? new Upsample(outChannels, style.half, rng)
        : new ResnetBlock(outChannels, outChannels, style, rng, { resample: 'up' }),
    );
  }

  /** Runs the level. @param takeSkip returns `x` with the next output of the way down appended */
  forward(x: tf.Tensor4D, emb: tf.Tensor2D, takeSkip: (x: tf.Tensor4D) => tf.Tensor4D, rng?: MaskRng): tf.Tensor4D {
    let h = x;
    const attentions = this.attentions?.entries();
    for (const [index, [, resnet]] of this.resnets.entries().entries()) {
      h = resnet.forward(takeSkip(h), emb, rng);
      if (attentions !== undefined) h = attentions[index]![1].forward(h);
    }
    for (const [, layer] of this.upsamplers?.entries() ?? []) h = layer.forward(h, emb, rng);
    return h;
  }
}
