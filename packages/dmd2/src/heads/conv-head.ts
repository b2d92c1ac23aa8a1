import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMap } from '@onestep/diffusion-core';
import { GroupNorm, ModuleDict, StridedConv2d } from '@onestep/nn';
import type { Rng } from '@onestep/random';

/** Size at which one convolution covers what is left of a map. */
const WHOLE = 4;
/** Layers from one convolution to the next in PyTorch's numbering: convolution, normalization, SiLU. */
const BLOCK = 3;

/**
 * A head of a discriminator: one logit per image from a map of features. Convolutions of 4x4 pixels with stride 2 halve the map
 * until 4x4 pixels or fewer are left, another one covers all of them, and a last one makes a number. Between them are group
 * normalization and SiLU. The names are those of a `torch.nn.Sequential`, so that the weights are those of the published heads:
 * `0`, `1`, `3`, `4`, `6` for a map of 8x8.
 */
export class ConvHead extends ModuleDict<StridedConv2d | GroupNorm> {
  /** @param rng draws the initial weights, from PyTorch's distribution; null leaves them zero, to be loaded */
  constructor({ resolution, channels }: Pick<FeatureMap, 'resolution' | 'channels'>, rng: Rng | null) {
    super();
    const convolutions: { kernel: number; stride: number; padding: number }[] = [];
    let size = resolution;
    for (; size > WHOLE; size = Math.floor(size / 2)) convolutions.push({ kernel: 4, stride: 2, padding: 1 });
    convolutions.push({ kernel: size, stride: size, padding: 0 });
    const groups = resolution === 1 ? 1 : headGroups(channels);
    convolutions.forEach(({ kernel, stride, padding }, i) => {
      this.add(String(BLOCK * i), new StridedConv2d(channels, channels, kernel, rng, { stride, padding }));
      this.add(String(BLOCK * i + 1), new GroupNorm(channels, { groups }));
    });
    this.add(String(BLOCK * convolutions.length), new StridedConv2d(channels, 1, 1, rng));
  }

  /**
   * @param features [N, resolution, resolution, channels]
   * @returns logits, [N, 1]
   */
  forward(features: tf.Tensor4D): tf.Tensor2D {
    let x = features;
    for (const [, layer] of this.entries()) {
      x = layer instanceof GroupNorm ? layer.forward(x, { silu: true }) : layer.forward(x);
    }
    return tf.reshape(x, [-1, 1]);
  }
}

/**
 * The number of groups in the normalization of a head. As published: a group for every 4 channels up to 32 channels, and above
 * that the largest divisor up to 32. Where 4 channels a group do not divide the channels, it is the next smaller divisor.
 */
export function headGroups(channels: number): number {
  let groups = channels <= 32 ? Math.max(1, Math.floor(channels / 4)) : 32;
  while (channels % groups !== 0) groups--;
  return groups;
}
