import * as tf from '@tensorflow/tfjs-core';
import {
  perImage,
  type Conditions,
  type FeatureMap,
  type FeatureNetwork,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { edmPreconditioning } from '../../preconditioning/edm-preconditioning.js';
import type { Preconditioning } from '../../preconditioning/preconditioning.js';
import { completeEdm2Settings, type Edm2Settings, type PartialEdm2Settings } from './edm2-settings.js';
import { Edm2UNet } from './edm2-unet.js';
import { MpLinear } from './mp-conv.js';
import { MpFourier } from './mp-fourier.js';

/**
 * An EDM2 network as a denoiser: D(x; sigma) = c_skip x + c_out F(c_in x; c_noise) with EDM's factors. Its state-dict names
 * are those of the published networks (`unet.enc.64x64_conv.weight`).
 *
 * The weights are normalized in each forward pass. The published training also writes the normalized weights back after each
 * update ("forced weight normalization"), which keeps the learning rate effective; an optimizer here does not, so that weights
 * grow slowly in training, and the effective learning rate falls.
 */
export class Edm2Network extends Module implements FeatureNetwork {
  readonly unet: Edm2UNet;
  readonly logvar_fourier: MpFourier;
  /** Not trained here: only the published loss for training from images uses it. */
  readonly logvar_linear: MpLinear;
  private readonly complete: Edm2Settings;
  private readonly preconditioning: Preconditioning;

  /**
   * @param settings differences from the published defaults
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws naming a setting that is out of range
   */
  constructor(settings: PartialEdm2Settings, rng: Rng | null) {
    super();
    this.complete = completeEdm2Settings(settings);
    const { imgResolution, imgChannels, labelDim, useFp16: half, sigmaData, logvarChannels, model } = this.complete;
    const shape = { imgResolution, inChannels: imgChannels, outChannels: imgChannels, labelDim, half };
    this.preconditioning = edmPreconditioning({ scheme: 'edm', sigmaData });
    this.unet = new Edm2UNet(shape, model, rng);
    this.logvar_fourier = new MpFourier(logvarChannels, rng);
    this.logvar_linear = new MpLinear(logvarChannels, 1, rng, { trainable: false });
  }

  get module(): Module {
    return this;
  }

  /** A copy of the complete settings, as JSON. */
  get settings(): Edm2Settings & Record<string, unknown> {
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

  /** Those of its file; a network whose classes have names has classes. */
  get labels(): TrainingLabels | undefined {
    const { labels, classNames } = this.complete;
    return labels ?? (classNames === undefined ? undefined : { kind: 'classes' });
  }

  get useFp16(): boolean {
    return this.complete.useFp16 ?? false;
  }

  get sigmaMin(): number {
    return this.preconditioning.sigmaMin;
  }

  get sigmaMax(): number {
    return this.preconditioning.sigmaMax;
  }

  get featureMaps(): readonly FeatureMap[] {
    return this.unet.featureMaps;
  }

  roundSigma(sigma: number): number {
    return sigma;
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
    return tf.tidy(() => {
      const { cIn, cNoise } = this.preconditioning.scalings(sigma);
      return this.unet.features(tf.mul(x, perImage(cIn)), cNoise, this.selectConditions(conditions), names);
    });
  }

  denoiseWithFeatures(
    x: tf.Tensor4D,
    sigma: tf.Tensor1D,
    conditions: Conditions = {},
    names: readonly string[],
  ): { denoised: tf.Tensor4D; features: tf.Tensor4D[] } {
    return tf.tidy(() => {
      const { cSkip, cOut, cIn, cNoise } = this.preconditioning.scalings(sigma);
      const input = tf.mul(x, perImage(cIn)) as tf.Tensor4D;
      const selected = this.selectConditions(conditions);
      const { output, features } = this.unet.forwardWithFeatures(input, cNoise, selected, names);
      const denoised = tf.add(tf.mul(x, perImage(cSkip)), tf.mul(output, perImage(cOut)));
      return { denoised: denoised as tf.Tensor4D, features };
    });
  }

  /**
   * Evaluates the log-variance u(sigma) of the training loss, Eq. (14), Karras et al. 2024.
   *
   * @param sigma [N]
   * @returns [N]
   */
  logVariance(sigma: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => {
      const { cNoise } = this.preconditioning.scalings(sigma);
      return tf.reshape(this.logvar_linear.forward(this.logvar_fourier.forward(cNoise)), [-1]);
    });
  }

  /** Returns a network with the same settings and mode, and copies of all weights. */
  clone(): Edm2Network {
    const copy = new Edm2Network(this.settings, null);
    copy.copyFrom(this);
    return copy.train(this.training);
  }

  /** Adds the null label where a conditional network gets no labels, and drops the labels of an unconditional one. */
  private selectConditions({ labels, rng }: Conditions): Conditions {
    const { labelDim } = this;
    if (labelDim === 0) return { rng };
    if (labels !== undefined && labels.shape[1] !== labelDim) {
      throw new Error(`The labels have shape [${labels.shape}], but this network needs [N, ${labelDim}].`);
    }
    return { labels: labels ?? tf.zeros([1, labelDim]), rng };
  }
}
