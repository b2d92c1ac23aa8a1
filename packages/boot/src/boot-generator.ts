import * as tf from '@tensorflow/tfjs-core';
import { joinParts, type DenoiserNetwork, type Generator, type NetworkSnapshot } from '@onestep/diffusion-core';
import { Module, type Rng } from '@onestep/nn';
import type { GuidanceLabels, GuidedConditions } from './guidance.js';

/** What a {@link BootGenerator} is made of. */
export interface BootGeneratorArgs {
  network: DenoiserNetwork;
  /** Noise level whose scalings the network's input and output have. */
  initSigma: number;
  /** sigma(t_min), at which the signal is the image. */
  sigmaMin: number;
  /** For a student that is told the scale of guidance. */
  guidance?: GuidanceLabels;
  /** The scale of guidance of its images (default: the middle of the range it was trained with). */
  scale?: number;
}

/** The parts that are trained. */
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
 * g_theta(eps, t) of Gu et al. 2023, the signal at t of the path that starts from eps, made of a denoiser's network. As a generator it is
 * g(eps, t_min): one evaluation.
 *
 * The network's input is always the noise, at sigma_init, and what it is told is the noise level of t:
 * g(eps, t) = c_skip sigma_init eps + c_out F(c_in sigma_init eps; c_noise(sigma_t)). With sigma_init = sigma_max and the teacher's
 * weights it fulfils the boundary condition from the start.
 */
export class BootGenerator implements Generator {
  /** All that is trained. */
  readonly module: Module;
  private readonly args: BootGeneratorArgs;

  /** @throws RangeError if the scale of guidance is not in the range the student was trained with */
  constructor(args: BootGeneratorArgs) {
    const { guidance, scale } = args;
    if (scale !== undefined && guidance === undefined)
      throw new RangeError(`A guidance of ${scale} was asked for, and this generator has no input for it.`);
    if (scale !== undefined && !(scale >= guidance!.range[0] && scale <= guidance!.range[1]))
      throw new RangeError(`This generator was trained with guidance from ${guidance!.range.join(' to ')}, not ${scale}.`);
    this.args = args;
    this.module = new Parts(args);
  }

  get network(): DenoiserNetwork {
    return this.args.network;
  }

  get imgResolution(): number {
    return this.network.imgResolution;
  }

  get imgChannels(): number {
    return this.network.imgChannels;
  }

  get labelDim(): number {
    return this.network.labelDim;
  }

  /**
   * g_theta(eps, t).
   *
   * @param eps [N, H, W, C] standard normal
   * @param sigma [N] the noise levels sigma(t)
   * @param conditions a student that is told the scale of guidance needs it, with labels
   * @returns [N, H, W, C]
   */
  signal(eps: tf.Tensor4D, sigma: tf.Tensor1D, { labels, guidance }: GuidedConditions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const { network, initSigma, guidance: guidanceLabels } = this.args;
      const shown = guidanceLabels === undefined ? labels : guidanceLabels.forward(labels!, guidance!);
      const input = tf.mul(eps, initSigma) as tf.Tensor4D;
      return network.denoise(input, tf.fill(sigma.shape, initSigma) as tf.Tensor1D, {
        labels: shown,
        noiseLabelSigma: sigma,
      });
    });
  }

  /** @param z [N, H, W, C] standard normal; @param labels [N, labelDim] */
  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D {
    return tf.tidy(() => {
      const { sigmaMin, guidance, scale } = this.args;
      const each = (value: number) => tf.fill([z.shape[0]!], value) as tf.Tensor1D;
      const told = guidance && each(scale ?? (guidance.range[0] + guidance.range[1]) / 2);
      return this.signal(z as tf.Tensor4D, each(sigmaMin), { labels, guidance: told });
    });
  }

  sampleLatents(rng: Rng, n: number): { shape: number[]; data: Float32Array } {
    const shape = [n, this.imgResolution, this.imgResolution, this.imgChannels];
    return { shape, data: rng.normal(shape.reduce((a, b) => a * b, 1)) };
  }

  /** What a file holds of it: the network's settings and weights, and how to make a generator of them. */
  async snapshot(): Promise<NetworkSnapshot> {
    const { network, initSigma, sigmaMin, guidance } = this.args;
    const generator = { method: 'boot', initSigma, sigmaMin, guidance: guidance?.range };
    return {
      tensors: { ...(await network.module.stateDict()), ...(guidance && joinParts({ guidance: await guidance.stateDict() })) },
      metadata: { onestep: JSON.stringify({ ...network.settings, generator }) },
    };
  }

  /** With copies of all weights. */
  clone(): BootGenerator {
    const { network, guidance } = this.args;
    return new BootGenerator({ ...this.args, network: network.clone(), guidance: guidance?.clone() });
  }
}
