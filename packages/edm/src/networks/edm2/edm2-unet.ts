import * as tf from '@tensorflow/tfjs-core';
import type { Conditions, FeatureMap } from '@onestep/diffusion-core';
import { ModuleDict, Parameter } from '@onestep/nn';
import type { MaskRng, Rng } from '@onestep/random';
import { UNet, type UNetShape } from '../unet.js';
import { Edm2Block, type Edm2BlockStyle } from './edm2-block.js';
import type { Edm2UNetSettings } from './edm2-settings.js';
import { mpConcat, mpSilu, mpSum } from './magnitude-preserving.js';
import { MpConv, MpLinear } from './mp-conv.js';
import { MpFourier } from './mp-fourier.js';

/** The magnitude-preserving UNet of Karras et al. 2024, "Analyzing and Improving the Training Dynamics of Diffusion Models". */
export class Edm2UNet extends UNet {
  /** [], the gain of the output. */
  readonly out_gain: Parameter;
  readonly emb_fourier: MpFourier;
  readonly emb_noise: MpLinear;
  readonly emb_label: MpLinear | null;
  readonly enc = new ModuleDict<MpConv | Edm2Block>();
  readonly dec = new ModuleDict<Edm2Block>();
  readonly out_conv: MpConv;
  protected readonly encoderOutputs: FeatureMap[] = [];
  private readonly model: Edm2UNetSettings;
  private readonly labelDim: number;
  /** Decoder blocks whose input has an encoder output appended. */
  private readonly takesSkip = new Set<Edm2Block>();

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(shape: UNetShape, model: Edm2UNetSettings, rng: Rng | null) {
    super();
    const { modelChannels, channelMult, channelMultNoise, channelMultEmb } = model;
    const { half = false, labelDim } = shape;
    this.model = model;
    this.labelDim = labelDim;
    const widths = channelMult.map((mult) => mult * modelChannels);
    const noiseChannels = channelMultNoise === 0 ? widths[0]! : channelMultNoise * modelChannels;
    const embChannels = channelMultEmb === 0 ? Math.max(...widths) : channelMultEmb * modelChannels;
    this.out_gain = new Parameter(tf.scalar(0));
    this.emb_fourier = new MpFourier(noiseChannels, rng);
    this.emb_noise = new MpLinear(noiseChannels, embChannels, rng);
    this.emb_label = labelDim > 0 ? new MpLinear(labelDim, embChannels, rng) : null;
    const style = { embChannels, half, model };
    this.buildEncoder(shape, widths, style, rng);
    this.buildDecoder(shape, widths, style, rng);
    this.out_conv = new MpConv(widths[0]!, shape.outChannels, 3, half, rng);
  }

  protected embed(noiseLabels: tf.Tensor1D, { labels }: Conditions): tf.Tensor2D {
    const noise = this.emb_noise.forward(this.emb_fourier.forward(noiseLabels));
    if (this.emb_label === null) return mpSilu(noise);
    const scaled = tf.mul(labels!, Math.sqrt(this.labelDim)) as tf.Tensor2D;
    return mpSilu(mpSum(noise, this.emb_label.forward(scaled), this.model.labelBalance));
  }

  protected encode(x: tf.Tensor4D, emb: tf.Tensor2D, count: number, rng?: MaskRng): tf.Tensor4D[] {
    const kept: tf.Tensor4D[] = [];
    // A channel of ones takes the place of a bias.
    let h = tf.concat([x, tf.onesLike(tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 1]))], 3) as tf.Tensor4D;
    for (const [, layer] of this.enc.entries().slice(0, count)) {
      h = layer instanceof MpConv ? layer.forward(h) : layer.forward(h, emb, rng);
      kept.push(h);
    }
    return kept;
  }

  protected decode(encoded: tf.Tensor4D[], emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D {
    let h = encoded.at(-1)!;
    for (const [, block] of this.dec.entries()) {
      const input = this.takesSkip.has(block) ? mpConcat(h, encoded.pop()!, this.model.concatBalance) : h;
      h = block.forward(input, emb, rng);
    }
    return this.out_conv.forward(h, this.out_gain.variable as tf.Tensor as tf.Scalar);
  }

  private buildEncoder(shape: UNetShape, widths: number[], style: Edm2BlockStyle, rng: Rng | null): void {
    const { numBlocks, attnResolutions } = this.model;
    let channels = shape.inChannels + 1;
    for (const [level, width] of widths.entries()) {
      const resolution = shape.imgResolution >> level;
      const prefix = `${resolution}x${resolution}`;
      const attention = attnResolutions.includes(resolution);
      const add = (name: string, layer: MpConv | Edm2Block, width: number) => {
        this.enc.add(name, layer);
        this.encoderOutputs.push({ name, resolution, channels: (channels = width) });
      };
      if (level === 0) add(`${prefix}_conv`, new MpConv(channels, width, 3, style.half, rng), width);
      else {
        const down = new Edm2Block(channels, channels, style, rng, { flavor: 'enc', resample: 'down' });
        add(`${prefix}_down`, down, channels);
      }
      for (let index = 0; index < numBlocks; index++) {
        const block = new Edm2Block(channels, width, style, rng, { flavor: 'enc', attention });
        add(`${prefix}_block${index}`, block, width);
      }
    }
  }

  private buildDecoder(shape: UNetShape, widths: number[], style: Edm2BlockStyle, rng: Rng | null): void {
    const { numBlocks, attnResolutions } = this.model;
    const kept = this.encoderOutputs.map(({ channels }) => channels);
    const lowest = widths.length - 1;
    let channels = kept.at(-1)!;
    for (let level = lowest; level >= 0; level--) {
      const resolution = shape.imgResolution >> level;
      const prefix = `${resolution}x${resolution}`;
      const same = (options: { attention?: boolean; resample?: 'up' }) =>
        new Edm2Block(channels, channels, style, rng, { flavor: 'dec', ...options });
      if (level === lowest) {
        this.dec.add(`${prefix}_in0`, same({ attention: true }));
        this.dec.add(`${prefix}_in1`, same({}));
      } else {
        this.dec.add(`${prefix}_up`, same({ resample: 'up' }));
      }
      for (let index = 0; index <= numBlocks; index++) {
        const attention = attnResolutions.includes(resolution);
        const options = { flavor: 'dec', attention } as const;
        const block = new Edm2Block(channels + kept.pop()!, widths[level]!, style, rng, options);
        this.takesSkip.add(this.dec.add(`${prefix}_block${index}`, block));
        channels = widths[level]!;
      }
    }
  }
}
