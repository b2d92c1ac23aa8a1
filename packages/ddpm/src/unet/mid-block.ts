import type * as tf from '@tensorflow/tfjs-core';
import { Module, ModuleDict } from '@onestep/nn';
import type { MaskRng, Rng } from '@onestep/random';
import { AttentionBlock } from './attention-block.js';
import type { BlockStyle } from './block-style.js';
import { ResnetBlock } from './resnet-block.js';

/** The block at the lowest resolution: two residual blocks with attention between them, or without. */
export class MidBlock extends Module {
  readonly attentions: ModuleDict<AttentionBlock> | null;
  readonly resnets = new ModuleDict<ResnetBlock>();

  /** @param options groups of the attention's normalization (0 for none; null for no attention), and divisor of all sums */
  constructor(
    channels: number,
    style: BlockStyle,
    rng: Rng | null,
    { attentionGroups, divisor }: { attentionGroups: number | null; divisor: number },
  ) {
    super();
    this.attentions = attentionGroups === null ? null : new ModuleDict();
    for (const index of ['0', '1']) {
      this.resnets.add(index, new ResnetBlock(channels, channels, style, rng, { divisor }));
    }
    this.attentions?.add('0', new AttentionBlock(channels, style, rng, { groups: attentionGroups ?? 0, divisor }));
  }

  /** [N, H, W, C] to [N, H, W, C]. */
  forward(x: tf.Tensor4D, emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D {
    const [first, second] = this.resnets.entries().map(([, resnet]) => resnet) as [ResnetBlock, ResnetBlock];
    let h = first.forward(x, emb, rng);
    for (const [, layer] of this.attentions?.entries() ?? []) h = layer.forward(h);
    return second.forward(h, emb, rng);
  }
}
