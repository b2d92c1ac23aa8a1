import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMap } from '@onestep/diffusion-core';
import { Module, ModuleDict } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { ConvHead } from './conv-head.js';

/** The heads of a discriminator, one per map of features, each with a logit of its own. */
export class DiscriminatorHeads extends Module {
  readonly discriminator_heads = new ModuleDict<ConvHead>();

  constructor(maps: readonly FeatureMap[], rng: Rng | null) {
    super();
    maps.forEach((map, i) => this.discriminator_heads.add(String(i), new ConvHead(map, rng)));
  }

  /**
   * @param features of each map, [N, resolution, resolution, channels]
   * @returns logits, [N, maps]
   */
  forward(features: readonly tf.Tensor4D[]): tf.Tensor2D {
    const logits = this.discriminator_heads.entries().map(([, head], i) => head.forward(features[i]!));
    return logits.length === 1 ? logits[0]! : tf.concat2d(logits, 1);
  }
}
