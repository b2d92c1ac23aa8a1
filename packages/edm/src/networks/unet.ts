import type * as tf from '@tensorflow/tfjs-core';
import { findFeatureMaps, type Conditions, type FeatureMap } from '@onestep/diffusion-core';
import { Module } from '@onestep/nn';
import type { MaskRng } from '@onestep/random';

/**
 * The inputs and outputs of a UNet. All other options are settings of its architecture.
 *
 * @internal
 */
export interface UNetShape {
  /** Height and width of the images, in pixels. */
  imgResolution: number;
  inChannels: number;
  outChannels: number;
  /** Length of a label vector; 0 if unconditional. */
  labelDim: number;
  /** Whether its blocks multiply in half precision on engines that have it. Default: false. */
  half?: boolean;
}

/** What a UNet takes in addition to images and noise levels. */
export interface UNetConditions extends Conditions {
  /** [N] the second time of a network that takes two. */
  endTime?: tf.Tensor1D;
}

/** The raw network F of a preconditioned denoiser. */
export abstract class UNet extends Module {
  /** Outputs of the encoder's layers, in order. The decoder takes all of them. */
  protected abstract readonly encoderOutputs: readonly FeatureMap[];

  /** The last output of the encoder at each resolution, from the largest to the smallest. */
  get featureMaps(): FeatureMap[] {
    const outputs = this.encoderOutputs;
    return outputs.filter(({ resolution }, index) => outputs[index + 1]?.resolution !== resolution);
  }

  /**
   * Evaluates F.
   *
   * @param x [N, H, W, inChannels] scaled noisy images
   * @param noiseLabels [N] the noise level, c_noise
   * @param conditions labels [N or 1, labelDim], required if labelDim > 0; augmentation labels [N, augmentDim]; source
   *   of dropout masks, required in training mode
   * @returns [N, H, W, outChannels]
   */
  forward(x: tf.Tensor4D, noiseLabels: tf.Tensor1D, conditions: UNetConditions): tf.Tensor4D {
    return this.forwardWithFeatures(x, noiseLabels, conditions, []).output;
  }

  /**
   * Evaluates F, and returns the encoder's features too.
   *
   * @param names names of feature maps
   * @returns F, and a map [N, resolution, resolution, channels] for each name
   * @throws if there is no feature map of a name
   */
  forwardWithFeatures(
    x: tf.Tensor4D,
    noiseLabels: tf.Tensor1D,
    conditions: UNetConditions,
    names: readonly string[],
  ): { output: tf.Tensor4D; features: tf.Tensor4D[] } {
    const indices = this.findOutputs(names);
    const emb = this.embed(noiseLabels, conditions);
    const encoded = this.encode(x, emb, this.encoderOutputs.length, conditions.rng);
    const output = this.decode([...encoded], emb, conditions.rng);
    return { output, features: indices.map((index) => encoded[index]!) };
  }

  /**
   * Evaluates the encoder, up to the last feature map that `names` has.
   *
   * @param names names of feature maps
   * @returns a map [N, resolution, resolution, channels] for each name
   * @throws if there is no feature map of a name
   */
  features(
    x: tf.Tensor4D,
    noiseLabels: tf.Tensor1D,
    conditions: UNetConditions,
    names: readonly string[],
  ): tf.Tensor4D[] {
    const indices = this.findOutputs(names);
    const emb = this.embed(noiseLabels, conditions);
    const encoded = this.encode(x, emb, Math.max(-1, ...indices) + 1, conditions.rng);
    return indices.map((index) => encoded[index]!);
  }

  /** @returns [N or 1, embChannels] from the noise level and the conditions */
  protected abstract embed(noiseLabels: tf.Tensor1D, conditions: UNetConditions): tf.Tensor2D;

  /** Evaluates the encoder up to the output number `count`. @returns the outputs */
  protected abstract encode(x: tf.Tensor4D, emb: tf.Tensor2D, count: number, rng?: MaskRng): tf.Tensor4D[];

  /** Evaluates the decoder. @param encoded all outputs of the encoder; removed as the decoder takes them */
  protected abstract decode(encoded: tf.Tensor4D[], emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D;

  private findOutputs(names: readonly string[]): number[] {
    const { featureMaps } = this;
    return findFeatureMaps(featureMaps, names).map((index) => this.encoderOutputs.indexOf(featureMaps[index]!));
  }
}
