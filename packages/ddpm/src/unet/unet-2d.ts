import * as tf from '@tensorflow/tfjs-core';
import type { Conditions } from '@onestep/diffusion-core';
import { Conv2d, GroupNorm, Module, ModuleDict, silu } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { BlockStyle } from './block-style.js';
import { LabelEmbedding } from './label-embedding.js';
import { DownBlock, UpBlock } from './level-block.js';
import { MidBlock } from './mid-block.js';
import { embedTimeSteps, TimeEmbedding } from './time-embedding.js';
import type { UNet2DSettings } from './unet-2d-settings.js';

/** The inputs of a network. All other options are settings of its architecture. */
export interface UNet2DShape {
  imgChannels: number;
  /** Length of a label vector; 0 if unconditional. */
  labelDim: number;
  /** Whether its blocks multiply in half precision on engines that have it. Default: false. */
  half?: boolean;
}

/**
 * The UNet of DDPM (Ho et al. 2020) and its descendants up to ADM (Dhariwal & Nichol 2021), as diffusers' `UNet2DModel`
 * has it: same parameter names, same numbers.
 */
export class UNet2D extends Module {
  readonly conv_in: Conv2d;
  readonly time_embedding: TimeEmbedding;
  readonly class_embedding: LabelEmbedding | null;
  readonly down_blocks = new ModuleDict<DownBlock>();
  readonly up_blocks = new ModuleDict<UpBlock>();
  readonly mid_block: MidBlock | null;
  readonly conv_norm_out: GroupNorm;
  readonly conv_out: Conv2d;
  private readonly model: UNet2DSettings;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor({ imgChannels, labelDim, half = false }: UNet2DShape, model: UNet2DSettings, rng: Rng | null) {
    super();
    this.model = model;
    const { blockOutChannels: widths, embeddingChannels, normGroups: groups, normEpsilon: epsilon } = model;
    const { scaleShift, dropout, headChannels, numHeads } = model;
    const style: BlockStyle = {
      embeddingChannels,
      normGroups: groups,
      normEpsilon: epsilon,
      scaleShift,
      dropout,
      headChannels,
      numHeads,
      half,
    };
    const first = widths[0]!;
    const lowest = widths.at(-1)!;
    this.conv_in = new Conv2d(imgChannels, first, 3, rng);
    this.time_embedding = new TimeEmbedding(model.sinusoidChannels, embeddingChannels, rng);
    this.class_embedding = labelDim > 0 ? new LabelEmbedding(labelDim, embeddingChannels, rng) : null;
    const kept = this.buildDown(style, rng);
    this.mid_block = model.midBlock
      ? new MidBlock(lowest, style, rng, {
          attentionGroups: model.midAttention ? model.midAttentionGroups : null,
          divisor: model.midScale,
        })
      : null;
    this.buildUp(style, kept, rng);
    this.conv_norm_out = new GroupNorm(first, { groups, epsilon });
    this.conv_out = new Conv2d(first, model.outChannels, 3, rng);
  }

  /**
   * Evaluates the network.
   *
   * @param x [N, H, W, imgChannels]
   * @param t [N] time steps, which may have a fraction
   * @param conditions labels [N or 1, labelDim], left out the null label; source of dropout masks, required in training mode
   * @returns [N, H, W, outChannels]
   */
  forward(x: tf.Tensor4D, t: tf.Tensor1D, conditions: Conditions): tf.Tensor4D {
    return this.forwardWithLevels(x, t, conditions).output;
  }

  /** Evaluates the network. @returns its output, and at each resolution the output of the last block on the way down */
  forwardWithLevels(
    x: tf.Tensor4D,
    t: tf.Tensor1D,
    { labels, rng }: Conditions,
  ): { output: tf.Tensor4D; levels: tf.Tensor4D[] } {
    const emb = this.embed(t, labels);
    let h = this.takeImages(x);
    const kept = [h];
    const levels: tf.Tensor4D[] = [];
    for (const [, block] of this.down_blocks.entries()) {
      const outputs = block.forward(h, emb, rng);
      kept.push(...outputs);
      levels.push(outputs[this.model.layersPerBlock - 1]!);
      h = outputs.at(-1)!;
    }
    h = this.mid_block?.forward(h, emb, rng) ?? h;
    const takeSkip = (input: tf.Tensor4D) => tf.concat([input, kept.pop()!], 3) as tf.Tensor4D;
    for (const [, block] of this.up_blocks.entries()) h = block.forward(h, emb, takeSkip, rng);
    return { output: this.conv_out.forward(this.conv_norm_out.forward(h, { silu: true })), levels };
  }

  /**
   * Evaluates the way down only.
   *
   * @param count number of resolutions, from the largest on
   * @returns the output of the last block at each of them
   */
  forwardDown(x: tf.Tensor4D, t: tf.Tensor1D, { labels, rng }: Conditions, count: number): tf.Tensor4D[] {
    if (count === 0) return [];
    const emb = this.embed(t, labels);
    let h = this.takeImages(x);
    const blocks = this.down_blocks.entries().slice(0, count);
    return blocks.map(([, block], level) => {
      const outputs = level < count - 1 ? block.forward(h, emb, rng) : block.forwardBlocks(h, emb, rng);
      h = outputs.at(-1)!;
      return outputs[this.model.layersPerBlock - 1]!;
    });
  }

  /** Names and channels of the last blocks on the way down, from the largest resolution to the smallest. */
  protected lastBlocks(): { name: string; channels: number }[] {
    const { blockOutChannels, downAttention, layersPerBlock } = this.model;
    return blockOutChannels.map((channels, level) => {
      const layer = downAttention[level] ? 'attentions' : 'resnets';
      return { name: `down_blocks.${level}.${layer}.${layersPerBlock - 1}`, channels };
    });
  }

  private takeImages(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv_in.forward(this.model.centerInput ? tf.sub(tf.mul(x, 2), 1) : x);
  }

  /** [N, embeddingChannels] from the time step and the labels, after the SiLU that every block starts with. */
  private embed(t: tf.Tensor1D, labels: tf.Tensor2D | undefined): tf.Tensor2D {
    const sinusoids = embedTimeSteps(t, this.model.sinusoidChannels, this.model);
    const emb = this.time_embedding.forward(sinusoids);
    if (this.class_embedding === null || labels === undefined) return silu(emb);
    return silu(tf.add(emb, this.class_embedding.forward(labels)) as tf.Tensor2D);
  }

  /** Adds the way down. @returns the channels of each output that is kept for the way up */
  private buildDown(style: BlockStyle, rng: Rng | null): number[] {
    const { blockOutChannels: widths, layersPerBlock, downAttention, downsample, downsamplePadding } = this.model;
    let channels = widths[0]!;
    const kept = [channels];
    for (const [level, width] of widths.entries()) {
      const isLast = level === widths.length - 1;
      const resampler = isLast ? null : downsample[level]!;
      const options = { attention: downAttention[level]!, resampler, downsamplePadding };
      this.down_blocks.add(`${level}`, new DownBlock(channels, width, layersPerBlock, style, rng, options));
      channels = width;
      kept.push(...new Array<number>(layersPerBlock + (isLast ? 0 : 1)).fill(width));
    }
    return kept;
  }

  private buildUp(style: BlockStyle, kept: number[], rng: Rng | null): void {
    const { blockOutChannels, layersPerBlock, upAttention, upsample } = this.model;
    const widths = [...blockOutChannels].reverse();
    let channels = widths[0]!;
    for (const [index, width] of widths.entries()) {
      const skips = Array.from({ length: layersPerBlock + 1 }, () => kept.pop()!);
      const resampler = index === widths.length - 1 ? null : upsample[index]!;
      const options = { attention: upAttention[index]!, resampler };
      this.up_blocks.add(`${index}`, new UpBlock(channels, width, skips, style, rng, options));
      channels = width;
    }
  }
}
