import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import { groupNorm } from '../ops/group-norm.js';
import { Parameter } from '../parameter.js';

const MAX_GROUPS = 32;
const MIN_CHANNELS_PER_GROUP = 4;

/** Options of {@link GroupNorm}. */
export interface GroupNormOptions {
  /** Number of groups; divides the channels. Default: min(32, channels / 4), as in EDM's networks. */
  groups?: number;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
}

/**
 * Group normalization (Wu & He 2018) with a scale and a shift per channel, named as in PyTorch's `GroupNorm`.
 */
export class GroupNorm extends Module {
  /** [channels] */
  readonly weight: Parameter;
  /** [channels] */
  readonly bias: Parameter;
  private readonly groups: number;
  private readonly epsilon: number;

  /** @throws if the channels cannot be divided into the groups */
  constructor(channels: number, options: GroupNormOptions = {}) {
    super();
    const { groups = Math.min(MAX_GROUPS, Math.floor(channels / MIN_CHANNELS_PER_GROUP)), epsilon = 1e-5 } = options;
    if (!Number.isSafeInteger(groups) || groups < 1 || channels % groups !== 0) {
      throw new Error(
        `${channels} channels cannot be normalized in ${groups} groups; give \`groups\`, a divisor of the number of channels.`,
      );
    }
    this.groups = groups;
    this.epsilon = epsilon;
    this.weight = new Parameter(tf.ones([channels]));
    this.bias = new Parameter(tf.zeros([channels]));
  }

  /**
   * @param x [N, H, W, C]
   * @param options `silu`: whether SiLU follows, which engines can compute in the same pass. Default false
   * @returns [N, H, W, C]
   */
  forward(x: tf.Tensor4D, { silu = false }: { silu?: boolean } = {}): tf.Tensor4D {
    const { weight, bias, groups, epsilon } = this;
    const gamma = weight.variable as tf.Tensor as tf.Tensor1D;
    const beta = bias.variable as tf.Tensor as tf.Tensor1D;
    return groupNorm(x, gamma, beta, { groups, epsilon, silu });
  }
}
