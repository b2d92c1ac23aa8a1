import * as tf from '@tensorflow/tfjs-core';
import type { Conditions, DenoiserNetwork, TrainingLabels, WordEncoderSettings } from '@onestep/diffusion-core';
import { Module, Parameter } from '@onestep/nn';

/** A caption is the sum of its words: a row of three numbers. */
export const ENCODER: WordEncoderSettings = {
  type: 'words',
  words: ['big', 'blue', 'red'],
  buckets: 0,
  slots: 0,
  weight: 1,
};

class Parameters extends Module {
  readonly means: Parameter;
  readonly log_std: Parameter;

  constructor(means: readonly number[], std: number) {
    super();
    this.means = new Parameter(tf.tensor2d([...means], [means.length, 1]));
    this.log_std = new Parameter(tf.tensor1d([Math.log(std)]));
  }
}

/** The exact denoiser of pixels N(mean, std^2) whose mean depends linearly on the label: mean = label times means. */
export class CaptionedGaussian implements DenoiserNetwork {
  readonly imgResolution = 1;
  readonly imgChannels = 2;
  readonly labelDim = 3;
  readonly sigmaMin = 0;
  readonly sigmaMax = Infinity;
  readonly labelDropout = 0.1;
  readonly settings = { kind: 'captioned gaussian', labelDim: 3 };
  /** No captions: prompts are all that a student can learn from. */
  readonly labels: TrainingLabels = { kind: 'captions', encoder: ENCODER };
  readonly module: Parameters;

  constructor(means: readonly number[], std: number) {
    this.module = new Parameters(means, std);
  }

  roundSigma(sigma: number): number {
    return sigma;
  }

  /** D(x; sigma) = mean + std^2 / (std^2 + sigma^2) (x - mean). */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, { labels }: Conditions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const label = labels ?? tf.zeros<tf.Rank.R2>([x.shape[0], 3]);
      const mean = tf.reshape(tf.matMul(label, this.module.means.variable as tf.Tensor as tf.Tensor2D), [-1, 1, 1, 1]);
      const variance = tf.exp(tf.mul(this.module.log_std.variable, 2));
      const shrink = tf.div(variance, tf.add(variance, tf.reshape(tf.square(sigma), [-1, 1, 1, 1])));
      return tf.add(mean, tf.mul(shrink, tf.sub(x, mean))) as tf.Tensor4D;
    });
  }

  clone(): CaptionedGaussian {
    const copy = new CaptionedGaussian([0, 0, 0], 1);
    copy.module.copyFrom(this.module);
    return copy;
  }
}
