import * as tf from '@tensorflow/tfjs-core';
import { type StateDict } from '@onestep/checkpoint';
import { copyWithZeroRest, Module, Parameter } from '@onestep/nn';
import { type Rng } from '@onestep/random';
import {
  iddpmLevels,
  perImage,
  endTimeInput,
  flowVelocity,
  type Conditions,
  type EndTime,
  type EndTimeOptions,
  type FeatureMap,
  type FeatureNetwork,
  type NetworkCost,
  type TrainingLabels,
  type VelocityNetwork,
} from '@onestep/diffusion-core';
import { networkCost } from './network-cost.js';
import { completeNetworkSettings, type NetworkSettings, type PartialNetworkSettings } from './network-settings.js';
import { createUNet } from './networks/registry.js';
import { iddpmPreconditioning } from './preconditioning/iddpm-preconditioning.js';
import type { UNetConditions } from './networks/unet.js';
import type { Preconditioning } from './preconditioning/preconditioning.js';
import { createPreconditioning } from './preconditioning/registry.js';

/**
 * A UNet with preconditioning, which makes it a denoiser:
 * D(x; sigma) = c_skip x + c_out F(c_in x; c_noise), Eq. (7), Karras et al. 2022.
 *
 * Its state-dict names are those of the published networks (`model.enc.32x32_conv.weight`).
 */
export class PreconditionedNetwork extends Module implements FeatureNetwork {
  /** The table of noise levels in the files of iDDPM networks; null for other networks. */
  readonly u: Parameter | null;
  readonly model: ReturnType<typeof createUNet>;
  private readonly complete: NetworkSettings;
  private preconditioning: Preconditioning;

  /**
   * @param settings differences from the published defaults; EDM preconditioning unless stated
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws naming a setting that is out of range
   */
  constructor(settings: PartialNetworkSettings, rng: Rng | null) {
    super();
    this.complete = completeNetworkSettings(settings);
    const { imgResolution, imgChannels, labelDim, useFp16, preconditioning, model } = this.complete;
    this.preconditioning = createPreconditioning(preconditioning);
    this.u =
      preconditioning.scheme === 'iddpm'
        ? new Parameter(tf.tensor1d(Float32Array.from(iddpmLevels(preconditioning))), { trainable: false })
        : null;
    const outChannels = imgChannels * this.preconditioning.outputsPerChannel;
    const shape = { imgResolution, inChannels: imgChannels, outChannels, labelDim, half: useFp16 };
    this.model = createUNet(shape, model, rng);
  }

  get module(): Module {
    return this;
  }

  /** A copy of the complete settings, as JSON. */
  get settings(): NetworkSettings & Record<string, unknown> {
    return { ...structuredClone(this.complete) };
  }

  get cost(): NetworkCost {
    return networkCost(this.complete);
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

  get augmentDim(): number {
    return this.complete.model.augmentDim;
  }

  get labelDropout(): number {
    return this.complete.model.labelDropout;
  }

  /** What the second time of a network of two times is; undefined for other networks. */
  get endTime(): EndTime | undefined {
    const { model } = this.complete;
    return model.modelType === 'SongUNet' ? model.endTime : undefined;
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
    return this.model.featureMaps;
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
    return tf.tidy(() => {
      const { cIn, cNoise } = this.preconditioning.scalings(sigma);
      const selected = this.selectConditions({ ...conditions, ...this.ownTime(sigma) });
      return this.model.features(tf.mul(x, perImage(cIn)), cNoise, selected, names);
    });
  }

  denoiseWithFeatures(
    x: tf.Tensor4D,
    sigma: tf.Tensor1D,
    conditions: Conditions = {},
    names: readonly string[],
  ): { denoised: tf.Tensor4D; features: tf.Tensor4D[] } {
    return tf.tidy(() => this.evaluate(x, sigma, { ...conditions, ...this.ownTime(sigma) }, names));
  }

  private evaluate(
    x: tf.Tensor4D,
    sigma: tf.Tensor1D,
    conditions: UNetConditions,
    names: readonly string[],
  ): { denoised: tf.Tensor4D; features: tf.Tensor4D[] } {
    const { cSkip, cOut, cIn, cNoise } = this.preconditioning.scalings(sigma);
    const input = tf.mul(x, perImage(cIn)) as tf.Tensor4D;
    const selected = this.selectConditions(conditions);
    const { output, features } = this.model.forwardWithFeatures(input, cNoise, selected, names);
    const denoised = tf.add(tf.mul(x, perImage(cSkip)), tf.mul(this.takeImageChannels(output), perImage(cOut)));
    return { denoised: denoised as tf.Tensor4D, features };
  }

  /**
   * Evaluates the average velocity of a network of two times: see `VelocityNetwork` of diffusion-core.
   *
   * @throws if the network has one time
   */
  averageVelocity(z: tf.Tensor4D, t: tf.Tensor1D, r: tf.Tensor1D, conditions: Conditions = {}): tf.Tensor4D {
    const kind = this.endTime;
    if (kind === undefined) throw new Error('This network has no second time.');
    return tf.tidy(() => {
      const timed = { ...conditions, endTime: endTimeInput(kind, t, r) };
      if (this.complete.preconditioning.scheme === 'flow')
        return this.model.forward(z, t, this.selectConditions(timed));
      return flowVelocity((x, sigma) => this.evaluate(x, sigma, timed, []).denoised, z, t);
    });
  }

  /**
   * Makes a network of two times after this one.
   *
   * @throws RangeError if the architecture has no variant with two times
   */
  withEndTime({ endTime, rng }: EndTimeOptions): PreconditionedNetwork & VelocityNetwork {
    const { model, preconditioning } = this.complete;
    if (model.modelType !== 'SongUNet') {
      throw new RangeError('Networks of two times are DDPM++ or NCSN++ (SongUNet), and this is ADM.');
    }
    const copy = new PreconditionedNetwork(
      {
        ...this.settings,
        preconditioning: rng === null ? preconditioning : { scheme: 'flow' },
        model: { ...model, endTime },
      },
      rng,
    );
    if (rng === null) copyWithZeroRest(copy, this);
    return copy as PreconditionedNetwork & VelocityNetwork;
  }

  noiseEmbedding(sigma: tf.Tensor1D): tf.Tensor2D {
    return tf.tidy(() => this.model.map_noise.forward(this.preconditioning.scalings(sigma).cNoise));
  }

  /** Also restores the noise levels in the file of an iDDPM network. @throws if the weights do not fit the network */
  override loadStateDict(dict: StateDict): void {
    super.loadStateDict(dict);
    const { preconditioning } = this.complete;
    // Published tables were computed in float32: their levels differ from ours by up to 0.05 %.
    if (preconditioning.scheme === 'iddpm')
      this.preconditioning = iddpmPreconditioning(preconditioning, dict.u!.data as ArrayLike<number>);
  }

  override copyFrom(source: Module): void {
    super.copyFrom(source);
    if (source instanceof PreconditionedNetwork) this.preconditioning = source.preconditioning;
  }

  /** Returns a network with the same settings, mode and noise levels, and copies of all weights. */
  clone(): PreconditionedNetwork {
    const copy = new PreconditionedNetwork(this.settings, null);
    copy.copyFrom(this);
    return copy.train(this.training);
  }

  /** Adds the null label where a conditional network gets no labels, and drops the labels of an unconditional one. */
  private selectConditions({ labels, augmentLabels, rng, endTime }: UNetConditions): UNetConditions {
    const { labelDim } = this;
    if (labelDim === 0) return { augmentLabels, rng, endTime };
    if (labels !== undefined && labels.shape[1] !== labelDim) {
      throw new Error(`The labels have shape [${labels.shape}], but this network needs [N, ${labelDim}].`);
    }
    return { labels: labels ?? tf.zeros([1, labelDim]), augmentLabels, rng, endTime };
  }

  /** The second time of a denoiser, for networks that take two: that of the first, r = t. */
  private ownTime(sigma: tf.Tensor1D): { endTime?: tf.Tensor1D } {
    if (this.endTime === undefined) return {};
    const time = tf.div(sigma, tf.add(sigma, 1)) as tf.Tensor1D;
    return { endTime: endTimeInput(this.endTime, time, time) };
  }

  /** Drops the variances, which iDDPM networks predict too. */
  private takeImageChannels(output: tf.Tensor4D): tf.Tensor4D {
    if (this.preconditioning.outputsPerChannel === 1) return output;
    return tf.slice(output, [0, 0, 0, 0], [-1, -1, -1, this.imgChannels]);
  }
}
