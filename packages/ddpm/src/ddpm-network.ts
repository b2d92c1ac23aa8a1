import * as tf from '@tensorflow/tfjs-core';
import {
  findFeatureMaps,
  type Conditions,
  type FeatureMap,
  type FeatureNetwork,
  type PredictionScaling,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import type { Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { completeNetworkSettings, type NetworkSettings, type PartialNetworkSettings } from './network-settings.js';
import { createPreconditioning } from './preconditioning/preconditioning.js';
import { UNet2D } from './unet/unet-2d.js';

/**
 * A UNet of diffusers, guided-diffusion or consistency_models as a denoiser. Its state-dict names are those of diffusers'
 * `UNet2DModel`.
 */
export class DdpmNetwork extends UNet2D implements FeatureNetwork {
  private readonly complete: NetworkSettings;
  private readonly preconditioning: PredictionScaling;

  /**
   * @param settings differences from the defaults
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws naming a setting that is out of range
   */
  constructor(settings: PartialNetworkSettings, rng: Rng | null) {
    const complete = completeNetworkSettings(settings);
    const { imgChannels, labelDim, useFp16: half, model, preconditioning } = complete;
    super({ imgChannels, labelDim, half }, model, rng);
    this.complete = complete;
    this.preconditioning = createPreconditioning(preconditioning);
  }

  get module(): Module {
    return this;
  }

  /** A copy of the complete settings, as JSON. */
  get settings(): NetworkSettings & Record<string, unknown> {
    return { ...structuredClone(this.complete) };
  }

  get imgResolution(): number {
    return this.complete.imgResolution;
  }

  get imgChannels(): number {
    return this.complete.imgChannels;
  }

  get labelDim(): number {
    return this.complete.labelDim;
  }

  get classNames(): readonly string[] | undefined {
    return this.complete.classNames;
  }

  /** Networks of other projects have an embedding for each class. */
  get labels(): TrainingLabels | undefined {
    return this.complete.labels ?? (this.labelDim > 0 ? { kind: 'classes' } : undefined);
  }

  get useFp16(): boolean {
    return this.complete.useFp16 ?? false;
  }

  /** Named by the last layer of each level on the way down. */
  get featureMaps(): readonly FeatureMap[] {
    return this.lastBlocks().map((block, level) => ({ ...block, resolution: this.imgResolution >> level }));
  }

  get sigmaMin(): number {
    return this.preconditioning.sigmaMin;
  }

  get sigmaMax(): number {
    return this.preconditioning.sigmaMax;
  }

  roundSigma(sigma: number): number {
    return this.preconditioning.roundSigma(sigma);
  }

  /**
   * Evaluates D(x; sigma).
   *
   * @param x [N, H, W, C] noisy images
   * @param sigma [N] noise levels
   * @param conditions labels are [N, labelDim] or [1, labelDim]; without labels, a conditional network gets the null label
   * @returns [N, H, W, C] denoised images
   * @throws if the labels have another length than the network's
   */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions = {}): tf.Tensor4D {
    return this.denoiseWithFeatures(x, sigma, conditions, []).denoised;
  }

  features(x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions = {}, names: readonly string[]): tf.Tensor4D[] {
    this.checkLabels(conditions);
    const levels = findFeatureMaps(this.featureMaps, names);
    return tf.tidy(() => {
      const inputs = this.preconditioning.scale(x, sigma);
      const outputs = this.forwardDown(inputs.x, inputs.level, conditions, Math.max(-1, ...levels) + 1);
      return levels.map((level) => outputs[level]!);
    });
  }

  denoiseWithFeatures(
    x: tf.Tensor4D,
    sigma: tf.Tensor1D,
    conditions: Conditions = {},
    names: readonly string[],
  ): { denoised: tf.Tensor4D; features: tf.Tensor4D[] } {
    this.checkLabels(conditions);
    const levels = findFeatureMaps(this.featureMaps, names);
    return tf.tidy(() => {
      const inputs = this.preconditioning.scale(x, sigma);
      const { output, levels: outputs } = this.forwardWithLevels(inputs.x, inputs.level, conditions);
      return { denoised: inputs.toImage(output), features: levels.map((level) => outputs[level]!) };
    });
  }

  /** Returns a network with the same settings and mode, and copies of all weights. */
  clone(): DdpmNetwork {
    const copy = new DdpmNetwork(this.settings, null);
    copy.copyFrom(this);
    return copy.train(this.training);
  }

  private checkLabels({ labels }: Conditions): void {
    if (this.labelDim > 0 && labels !== undefined && labels.shape[1] !== this.labelDim) {
      throw new Error(`The labels have shape [${labels.shape}], but this network needs [N, ${this.labelDim}].`);
    }
  }
}
