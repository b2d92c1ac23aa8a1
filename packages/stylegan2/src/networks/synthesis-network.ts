import * as tf from '@tensorflow/tfjs-core';
import { ModuleDict } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { SynthesisGeneratorSettings } from '../settings.js';
import { blockResolutions } from './block-channels.js';
import { SynthesisBlock, type BlockOutput } from './synthesis-block.js';

/** Makes images from w: blocks `b4`, `b8`, ... (Karras et al. 2020). */
export class SynthesisNetwork extends ModuleDict<SynthesisBlock> {
  /** Resolution of each layer with noise, in the order of the forward pass: 4, 8, 8, 16, 16, ...; empty without noise. */
  readonly noiseResolutions: readonly number[];

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(settings: SynthesisGeneratorSettings, rng: Rng | null) {
    super();
    for (const resolution of blockResolutions(settings)) {
      this.add(`b${resolution}`, new SynthesisBlock(resolution, settings, rng));
    }
    this.noiseResolutions = settings.useNoise ? this.layers().map(({ resolution }) => resolution) : [];
  }

  /** The noise that is always the same, the buffers `noise_const`, one [1, r, r, 1] for each layer with noise. */
  constNoise(): tf.Tensor4D[] {
    return this.layers().flatMap(({ noise_const, resolution }) =>
      noise_const === null ? [] : [tf.reshape(noise_const.variable, [1, resolution, resolution, 1]) as tf.Tensor4D],
    );
  }

  /**
   * @param ws [N, numWs, wDim]
   * @param noise one [N or 1, r, r, 1] for each entry of `noiseResolutions`; null for none
   * @returns [N, H, W, C], about [-1, 1], not clipped
   * @throws if the noise is not one for each layer
   */
  synthesize(ws: tf.Tensor3D, noise: readonly tf.Tensor4D[] | null): tf.Tensor4D {
    if (noise !== null && noise.length !== this.noiseResolutions.length) {
      throw new Error(`There are ${noise.length} noise images for ${this.noiseResolutions.length} layers with noise.`);
    }
    return tf.tidy(() => {
      const rows = tf.unstack(ws, 1) as tf.Tensor2D[];
      let output: BlockOutput | null = null;
      let used = 0;
      for (const [, block] of this.entries()) {
        const count = block.layers.length;
        const own = block.layers.map((_, i) => noise?.[used + i] ?? null);
        // Each block's torgb takes the w that the next block starts with.
        output = block.forward(output, rows.slice(used, used + count + 1), own);
        used += count;
      }
      return output!.image!;
    });
  }

  private layers() {
    return this.entries().flatMap(([, block]) => block.layers);
  }
}
