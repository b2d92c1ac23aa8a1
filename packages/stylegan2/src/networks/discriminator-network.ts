import * as tf from '@tensorflow/tfjs-core';
import { Module } from '@onestep/nn';
import { checkDiscriminatorSettings } from '../check-settings.js';
import type { StateDict } from '@onestep/checkpoint';
import type { Rng } from '@onestep/random';
import type { DiscriminatorSettings } from '../settings.js';
import { blockResolutions, channelsAt } from './block-channels.js';
import { DiscriminatorBlock, type DiscriminatorInput } from './discriminator-block.js';
import { DiscriminatorEpilogue } from './discriminator-epilogue.js';
import { completeState } from './published-state.js';
import { MappingNetwork } from './mapping-network.js';

/** The discriminator, blocks `b{resolution}`, ..., `b8`, `b4`, with the names of the published state dict. */
export class DiscriminatorNetwork extends Module {
  readonly settings: DiscriminatorSettings;
  /** Embeds labels for the projection; null for an unconditional network. */
  readonly mapping: MappingNetwork | null = null;
  private readonly cmapDim: number;

  /**
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws naming a setting that is not valid
   */
  constructor(settings: DiscriminatorSettings, rng: Rng | null) {
    super();
    checkDiscriminatorSettings(settings);
    this.settings = structuredClone(settings);
    const { labelDim, cmapDim } = settings;
    const resolutions = blockResolutions(settings).slice(1).reverse();
    for (const resolution of resolutions) {
      Object.assign(this, { [`b${resolution}`]: new DiscriminatorBlock(resolution, settings, rng) });
    }
    this.cmapDim = labelDim > 0 ? (cmapDim ?? channelsAt(4, settings)) : 0;
    if (labelDim > 0) {
      const sizes = { zDim: 0, labelDim, wDim: this.cmapDim, numWs: 0 };
      this.mapping = new MappingNetwork(sizes, settings.mapping, rng);
    }
    Object.assign(this, { b4: new DiscriminatorEpilogue(labelDim > 0 ? this.cmapDim : 1, settings, rng) });
  }

  /**
   * @param images [N, H, W, C] in [-1, 1]
   * @param labels [N or 1, labelDim], for a network with labels
   * @returns logits [N, 1]: the higher, the more real
   * @throws if the labels are missing or have another length
   */
  discriminate(images: tf.Tensor4D, labels?: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      let input: DiscriminatorInput = { x: null, image: images };
      for (const block of this.blocks()) input = block.forward(input);
      const output = this.epilogue().forward(input);
      if (this.mapping === null) return output;
      const embedded = this.mapping.map(undefined, labels);
      return tf.mul(tf.sum(tf.mul(output, embedded), 1, true), 1 / Math.sqrt(this.cmapDim)) as tf.Tensor2D;
    });
  }

  /**
   * Sets all tensors. The buffers `resample_filter` may be left out.
   *
   * @throws if the weights do not fit the network, or a filter is not [1, 3, 3, 1]
   */
  override loadStateDict(dict: StateDict): void {
    super.loadStateDict(completeState(dict, this));
  }

  /** A network with the same settings and mode, and copies of all weights. */
  clone(): DiscriminatorNetwork {
    const copy = new DiscriminatorNetwork(this.settings, null);
    copy.copyFrom(this);
    return copy.train(this.training);
  }

  private blocks(): DiscriminatorBlock[] {
    return this.children().flatMap(([, child]) => (child instanceof DiscriminatorBlock ? [child] : []));
  }

  private epilogue(): DiscriminatorEpilogue {
    return this.children().find(([name]) => name === 'b4')![1] as DiscriminatorEpilogue;
  }
}
