import * as tf from '@tensorflow/tfjs-core';
import {
  checkScale,
  describeGenerator,
  imageLatents,
  joinParts,
  networkMetadata,
  type DenoiserNetwork,
  type GeneratorRecord,
  type GuidanceLabels,
  type NetworkSnapshot,
  type ScaledGenerator,
  type Share,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { GuidedConditions } from './guidance.js';
import { noiseImage } from './signal-ode.js';

/**
 * The parts of a {@link BootGenerator}.
 *
 * @internal
 */
export interface BootGeneratorArgs {
  network: DenoiserNetwork;
  /** The student's noise level at t_min. */
  initSigma: number;
  /** Input for the scale of guidance, of a student that has one. */
  guidance?: GuidanceLabels;
  /** Scale of guidance of the images. Left out, the middle of the range that the student was trained with. */
  scale?: number;
}

/** Everything that is trained. */
class Parts extends Module {
  readonly network: Module;
  readonly guidance: Module | undefined;

  constructor({ network, guidance }: BootGeneratorArgs) {
    super();
    this.network = network.module;
    this.guidance = guidance;
  }
}

/**
 * g_theta(eps, t) of Gu et al. 2023, the signal at t on the path that starts from eps, made from a denoiser:
 * g(eps, t) = D(tau eps; tau), with a noise level tau(t) that encodes the time. As a generator it is g(eps,
 * t_min), one network evaluation.
 */
export class BootGenerator implements ScaledGenerator {
  /** Everything that is trained. */
  readonly module: Module;
  private readonly args: BootGeneratorArgs;

  /** @throws RangeError if the scale of guidance is not in the range that the student was trained with */
  constructor(args: BootGeneratorArgs) {
    const { guidance, scale } = args;
    if (scale !== undefined && guidance === undefined)
      throw new RangeError(`This generator has no input for guidance: leave the scale of ${scale} out.`);
    if (scale !== undefined) checkScale(scale, guidance!.range);
    this.args = args;
    this.module = new Parts(args);
  }

  /** The network and the input for guidance, for further training. */
  get parts(): { network: DenoiserNetwork; guidanceLabels?: GuidanceLabels } {
    return { network: this.args.network, guidanceLabels: this.args.guidance };
  }

  get guidanceRange(): readonly [low: number, high: number] | null {
    return this.args.guidance?.range ?? null;
  }

  atScale(scale: number): this {
    return new BootGenerator({ ...this.args, scale }) as this;
  }

  get imgResolution(): number {
    return this.args.network.imgResolution;
  }

  get imgChannels(): number {
    return this.args.network.imgChannels;
  }

  get labelDim(): number {
    return this.args.network.labelDim;
  }

  get labels(): TrainingLabels | undefined {
    return this.args.network.labels;
  }

  /**
   * g_theta(eps, t).
   *
   * @param eps [N, H, W, C] standard normal
   * @param tau [N] the student's noise levels of t
   * @param conditions labels, and the scale of guidance for a student with an input for it
   * @returns [N, H, W, C]
   */
  signal(eps: tf.Tensor4D, tau: tf.Tensor1D, { labels, guidance }: GuidedConditions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const { network, guidance: guidanceLabels } = this.args;
      const shown = guidanceLabels === undefined ? labels : guidanceLabels.forward(labels!, guidance!);
      return network.denoise(noiseImage(tau, eps), tau, { labels: shown });
    });
  }

  /**
   * g_theta(eps, t_min): one network evaluation.
   *
   * @param z [N, H, W, C] standard normal
   * @param labels [N, labelDim]
   * @returns [N, H, W, C] images in [-1, 1] (not cut)
   */
  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D {
    return tf.tidy(() => {
      const { initSigma, guidance, scale } = this.args;
      const each = (value: number) => tf.fill([z.shape[0]!], value) as tf.Tensor1D;
      const shared = guidance && each(scale ?? guidance.middle);
      return this.signal(z as tf.Tensor4D, each(initSigma), { labels, guidance: shared });
    });
  }

  sampleLatents(rng: Rng, n: number, rows?: Share): { shape: number[]; data: Float32Array } {
    return imageLatents(this, rng, n, rows);
  }

  /**
   * The contents of a file: the network's settings and weights, and those of its input for guidance.
   *
   * @param record further entries about the generator
   */
  async snapshot(record: Partial<GeneratorRecord> = {}): Promise<NetworkSnapshot> {
    const { network, initSigma, guidance } = this.args;
    const added = guidance === undefined ? {} : joinParts({ guidance: await guidance.stateDict() });
    return {
      tensors: { ...(await network.module.stateDict()), ...added },
      metadata: networkMetadata(
        describeGenerator(network.settings, { method: 'boot', initSigma, guidance: guidance?.range, ...record }),
      ),
    };
  }

  /**
   * The same generator, with the same weights, at another scale of guidance.
   *
   * @throws RangeError if the scale is not in the range that the student was trained with
   */
  withGuidance(scale: number): BootGenerator {
    return new BootGenerator({ ...this.args, scale });
  }

  /** A generator of the same settings with copies of all weights. */
  clone(): BootGenerator {
    const { network, guidance } = this.args;
    return new BootGenerator({ ...this.args, network: network.clone(), guidance: guidance?.clone() });
  }
}
