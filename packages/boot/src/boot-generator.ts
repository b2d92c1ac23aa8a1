import * as tf from '@tensorflow/tfjs-core';
import {
  imageLatents,
  joinParts,
  NetworkGenerator,
  takePart,
  type DenoiserNetwork,
  type Generator,
  type NetworkSnapshot,
  type OpenedGenerator,
} from '@onestep/diffusion-core';
import { Module } from '@onestep/nn';
import { type Rng } from '@onestep/random';
import { GuidanceLabels, type GuidedConditions } from './guidance.js';
import { noiseImage } from './signal-ode.js';

/** What a {@link BootGenerator} is made of. */
export interface BootGeneratorArgs {
  network: DenoiserNetwork;
  /** The student's noise level at t_min. */
  initSigma: number;
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
 * g_theta(eps, t) of Gu et al. 2023, the signal at t of the path that starts from eps, made of a denoiser:
 * g(eps, t) = D(tau eps; tau), with a noise level tau(t) that tells the time. As a generator it is g(eps, t_min), one evaluation.
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
    if (scale !== undefined && !(scale >= guidance!.range[0] && scale <= guidance!.range[1])) {
      const range = guidance!.range.join(' to ');
      throw new RangeError(`This generator was trained with guidance from ${range}, not ${scale}.`);
    }
    this.args = args;
    this.module = new Parts(args);
  }

  /** The network and the labels for guidance, to be trained further. */
  get parts(): { network: DenoiserNetwork; guidanceLabels?: GuidanceLabels } {
    return { network: this.args.network, guidanceLabels: this.args.guidance };
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

  /**
   * g_theta(eps, t).
   *
   * @param eps [N, H, W, C] standard normal
   * @param tau [N] the student's noise levels of t
   * @param conditions a student that is told the scale of guidance needs it, and labels
   * @returns [N, H, W, C]
   */
  signal(eps: tf.Tensor4D, tau: tf.Tensor1D, { labels, guidance }: GuidedConditions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const { network, guidance: guidanceLabels } = this.args;
      const shown = guidanceLabels === undefined ? labels : guidanceLabels.forward(labels!, guidance!);
      return network.denoise(noiseImage(tau, eps), tau, { labels: shown });
    });
  }

  /** @param z [N, H, W, C] standard normal; @param labels [N, labelDim] */
  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D {
    return tf.tidy(() => {
      const { initSigma, guidance, scale } = this.args;
      const each = (value: number) => tf.fill([z.shape[0]!], value) as tf.Tensor1D;
      const told = guidance && each(scale ?? (guidance.range[0] + guidance.range[1]) / 2);
      return this.signal(z as tf.Tensor4D, each(initSigma), { labels, guidance: told });
    });
  }

  sampleLatents(rng: Rng, n: number): { shape: number[]; data: Float32Array } {
    return imageLatents(this, rng, n);
  }

  /** What a file holds: the network's settings and weights, and how to make a generator of them. */
  async snapshot(): Promise<NetworkSnapshot> {
    const { network, initSigma, guidance } = this.args;
    const generator = { method: 'boot', initSigma, guidance: guidance?.range };
    const told = guidance === undefined ? {} : joinParts({ guidance: await guidance.stateDict() });
    return {
      tensors: { ...(await network.module.stateDict()), ...told },
      metadata: { onestep: JSON.stringify({ ...network.settings, generator }) },
    };
  }

  /**
   * The same generator, with the same weights, at another scale of guidance.
   *
   * @throws RangeError if it is not in the range the student was trained with
   */
  withGuidance(scale: number): BootGenerator {
    return new BootGenerator({ ...this.args, scale });
  }

  /** With copies of all weights. */
  clone(): BootGenerator {
    const { network, guidance } = this.args;
    return new BootGenerator({ ...this.args, network: network.clone(), guidance: guidance?.clone() });
  }
}

/**
 * Reads a BOOT generator from its file.
 *
 * @throws Error if the tensors of its guidance are missing or of another shape
 */
export function openBootGenerator({ network, record, tensors }: OpenedGenerator): Generator {
  const { initSigma, guidance: range } = record as { initSigma: number; guidance?: [number, number] };
  if (range === undefined) return new NetworkGenerator(network, initSigma);
  const part = takePart(tensors, 'guidance');
  const guidance = new GuidanceLabels(range, part.weight?.shape[1] ?? 0);
  guidance.loadStateDict(part);
  return new BootGenerator({ network, initSigma, guidance });
}
