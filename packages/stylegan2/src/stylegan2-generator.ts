import * as tf from '@tensorflow/tfjs-core';
import {
  checkSynthesisChoice,
  describeGenerator,
  type NetworkCost,
  type NoiseMode,
  type SynthesisChoice,
  type SynthesisGenerator,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import type { Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { networkSettings } from './network-settings.js';
import { generatorCost } from './networks/generator-cost.js';
import type { GeneratorNetwork } from './networks/generator-network.js';

/** Options of {@link StyleGan2Generator}. */
export interface StyleGan2GeneratorOptions extends SynthesisChoice {
  /** Default `const`: an image is a function of z. With `random`, latents contain the noise of every layer. */
  noise?: NoiseMode;
  /** Default `z`. With `w`, latents are the results of the mapping network, which is then neither evaluated nor trained. */
  latent?: 'z' | 'w';
}

/**
 * A StyleGAN2 network as a generator: latents in, images out.
 *
 * A latent is a row: z (or w) of standard normal numbers, followed with noise `random` by that of all layers in the order of the
 * forward pass, zDim + sum of r² numbers. So the noise belongs to an image's seed like everything else, and a step that an engine
 * replays gets new noise. The average of w is used, and never moved: it belongs to the training of the GAN.
 */
export class StyleGan2Generator implements SynthesisGenerator {
  readonly network: GeneratorNetwork;
  readonly noise: NoiseMode;
  readonly latent: 'z' | 'w';
  readonly psi: number;
  readonly cutoff: number | null;

  /**
   * @param network the generator owns it
   * @throws RangeError for latents `w` of a network with labels, which w depends on, and for an option that is not valid
   */
  constructor(network: GeneratorNetwork, options: StyleGan2GeneratorOptions = {}) {
    const { noise = 'const', latent = 'z', psi = 1, cutoff = null } = options;
    checkSynthesisChoice({ noise, psi, cutoff });
    if (latent === 'w' && network.settings.labelDim > 0) {
      throw new RangeError('Latents w contain the label, so that a generator with labels has latents z.');
    }
    this.network = network;
    this.noise = noise;
    this.latent = latent;
    this.psi = psi;
    this.cutoff = cutoff;
  }

  get module(): Module {
    return this.network;
  }

  get settings(): Record<string, unknown> {
    const { noise, latent, psi, cutoff } = this;
    return describeGenerator(networkSettings(this.network.settings), { noise, latent, psi, cutoff });
  }

  get imgResolution(): number {
    return this.network.settings.imgResolution;
  }

  get imgChannels(): number {
    return this.network.settings.imgChannels;
  }

  get labelDim(): number {
    return this.network.settings.labelDim;
  }

  get classNames(): readonly string[] | undefined {
    return this.network.settings.classNames;
  }

  get cost(): NetworkCost {
    return generatorCost(this.network.settings, this.network.parameterCount());
  }

  /** Those of its file; a network whose classes have names has classes. */
  get labels(): TrainingLabels | undefined {
    const { labels, classNames } = this.network.settings;
    return labels ?? (classNames === undefined ? undefined : { kind: 'classes' });
  }

  /**
   * @param z latents [N, length]: see the class
   * @param labels [N or 1, labelDim], for a network with labels
   * @returns [N, H, W, C], about [-1, 1], not clipped
   * @throws if the latents have another length, or the labels are missing
   */
  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D {
    const { mapping, synthesis } = this.network;
    const [n, length] = z.shape as [number, number];
    if (z.rank !== 2 || length !== this.latentLength) {
      throw new Error(`The latents have shape [${z.shape}]; this generator needs [N, ${this.latentLength}].`);
    }
    return tf.tidy(() => {
      const rows = tf.slice(z as tf.Tensor2D, [0, 0], [n, this.codeLength]);
      const w = this.latent === 'w' ? rows : mapping.map(rows, labels);
      const ws = mapping.broadcast(w, { psi: this.psi, cutoff: this.cutoff });
      return synthesis.synthesize(ws, this.selectNoise(z as tf.Tensor2D));
    });
  }

  /** Draws z for each latent, then its noise. For latents `w` it evaluates the mapping network, and waits for the result. */
  sampleLatents(rng: Rng, n: number): { shape: number[]; data: Float32Array } {
    const { zDim } = this.network.settings;
    const noiseLength = this.latentLength - this.codeLength;
    const rows = Array.from({ length: n }, () => ({ z: rng.normal(zDim), noise: rng.normal(noiseLength) }));
    const codes = this.latent === 'z' ? rows.map(({ z }) => z) : this.mapCodes(rows.map(({ z }) => z));
    const data = new Float32Array(n * this.latentLength);
    for (const [i, { noise }] of rows.entries()) {
      data.set(codes[i]!, i * this.latentLength);
      data.set(noise, i * this.latentLength + this.codeLength);
    }
    return { shape: [n, this.latentLength], data };
  }

  clone(): StyleGan2Generator {
    const { noise, latent, psi, cutoff } = this;
    return new StyleGan2Generator(this.network.clone(), { noise, latent, psi, cutoff });
  }

  withSynthesis(choice: SynthesisChoice): StyleGan2Generator {
    const { network, noise, latent, psi, cutoff } = this;
    const chosen = Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== undefined));
    return new StyleGan2Generator(network, { noise, latent, psi, cutoff, ...chosen });
  }

  /** Length of z or w. */
  private get codeLength(): number {
    return this.latent === 'w' ? this.network.settings.wDim : this.network.settings.zDim;
  }

  private get latentLength(): number {
    if (this.noise !== 'random') return this.codeLength;
    return this.network.synthesis.noiseResolutions.reduce((sum, r) => sum + r * r, this.codeLength);
  }

  private selectNoise(latents: tf.Tensor2D): tf.Tensor4D[] | null {
    const { synthesis } = this.network;
    if (this.noise === 'none') return null;
    if (this.noise === 'const') return synthesis.constNoise();
    const n = latents.shape[0];
    let used = this.codeLength;
    return synthesis.noiseResolutions.map((r) => {
      const values = tf.slice(latents, [0, used], [n, r * r]);
      used += r * r;
      return tf.reshape(values, [n, r, r, 1]) as tf.Tensor4D;
    });
  }

  private mapCodes(z: readonly Float32Array[]): Float32Array[] {
    const { zDim, wDim } = this.network.settings;
    const flat = new Float32Array(z.length * zDim);
    for (const [i, row] of z.entries()) flat.set(row, i * zDim);
    const values = tf.tidy(
      () => this.network.mapping.map(tf.tensor2d(flat, [z.length, zDim])).dataSync() as Float32Array,
    );
    return z.map((_, i) => values.slice(i * wDim, (i + 1) * wDim));
  }
}
