import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import { groupNorm } from '../ops/group-norm.js';
import { Parameter } from '../parameter.js';

const MAX_GROUPS = 32;
const MIN_CHANNELS_PER_GROUP = 4;

/** Group normalisation with as many groups as the published networks use: min(32, C / 4). */
export class GroupNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  private readonly groups: number;
  private readonly epsilon: number;

  constructor(channels: number, epsilon = 1e-5) {
    super();
    this.groups = Math.min(MAX_GROUPS, Math.floor(channels / MIN_CHANNELS_PER_GROUP));
    if (this.groups === 0 || channels % this.groups !== 0) {
      throw new Error(
        `${channels} channels cannot be normalised in groups: their number must be a multiple of ${this.groups || MIN_CHANNELS_PER_GROUP}.`,
      );
    }
    this.epsilon = epsilon;
    this.weight = new Parameter(tf.ones([channels]));
    this.bias = new Parameter(tf.zeros([channels]));
  }

  /** @param x [N, H, W, C]; @param silu whether SiLU follows; @returns [N, H, W, C] */
  forward(x: tf.Tensor4D, { silu = false }: { silu?: boolean } = {}): tf.Tensor4D {
    const { weight, bias, groups, epsilon } = this;
    const gamma = weight.variable as tf.Tensor as tf.Tensor1D;
    const beta = bias.variable as tf.Tensor as tf.Tensor1D;
    return groupNorm(x, gamma, beta, { groups, epsilon, silu });
  }
}
