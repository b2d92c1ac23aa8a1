import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, FourierEmbedding, Linear, ModuleDict, PositionalEmbedding, silu } from '@onestep/nn';
import { type MaskRng, type Rng } from '@onestep/random';
import type { FeatureMap } from '@onestep/diffusion-core';
import { dropLabels } from './label-dropout.js';
import { buildSongDecoder, type DecoderStep } from './song-decoder.js';
import { buildSongEncoder, type EncoderStep } from './song-encoder.js';
import { noiseChannels, type SongUNetSettings } from './song-unet-settings.js';
import { UNet, type UNetConditions, type UNetShape } from './unet.js';
import type { BlockStyle } from './unet-block.js';

const XAVIER = { mode: 'xavier_uniform', weight: 1, bias: 0 } as const;

/** DDPM++ and NCSN++ (Song et al. 2021), with the options of Karras et al. 2022's re-implementation. */
export class SongUNet extends UNet {
  readonly map_noise: PositionalEmbedding | FourierEmbedding;
  readonly map_label: Linear | null;
  readonly map_augment: Linear | null;
  readonly map_layer0: Linear;
  readonly map_layer1: Linear;
  readonly enc = new ModuleDict();
  readonly dec = new ModuleDict();
  protected readonly encoderOutputs: readonly FeatureMap[];
  private readonly encoder: EncoderStep[];
  private readonly decoder: DecoderStep[];
  private readonly labelDim: number;
  private readonly labelDropout: number;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(shape: UNetShape, settings: SongUNetSettings, rng: Rng | null) {
    super();
    const { modelChannels, embeddingType, augmentDim } = settings;
    const embChannels = modelChannels * settings.channelMultEmb;
    const timeChannels = modelChannels * settings.channelMultNoise;
    const inputChannels = noiseChannels(settings);
    const init = XAVIER;
    this.labelDim = shape.labelDim;
    this.labelDropout = settings.labelDropout;
    this.map_noise =
      embeddingType === 'positional'
        ? new PositionalEmbedding(timeChannels, { endpoint: true })
        : new FourierEmbedding(timeChannels, rng);
    this.map_label = shape.labelDim > 0 ? new Linear(shape.labelDim, inputChannels, rng, { init }) : null;
    this.map_augment = augmentDim > 0 ? new Linear(augmentDim, inputChannels, rng, { bias: false, init }) : null;
    this.map_layer0 = new Linear(inputChannels, embChannels, rng, { init });
    this.map_layer1 = new Linear(embChannels, embChannels, rng, { init });
    const style: BlockStyle = {
      half: shape.half ?? false,
      embChannels,
      numHeads: settings.channelsPerHead === undefined ? 1 : null,
      channelsPerHead: settings.channelsPerHead ?? Infinity,
      dropout: settings.dropout,
      skipScale: Math.SQRT1_2,
      epsilon: 1e-6,
      resampleFilter: settings.resampleFilter,
      resampleProj: true,
      adaptiveScale: false,
      init,
      initZero: { ...XAVIER, weight: 1e-5 },
      initAttn: { ...XAVIER, weight: Math.sqrt(0.2) },
    };
    const encoder = buildSongEncoder(this.enc, shape, settings, style, rng);
    this.encoder = encoder.steps;
    this.encoderOutputs = encoder.outputs;
    this.decoder = buildSongDecoder(this.dec, shape, encoder.outputs, settings, style, rng);
  }

  /** [N, embChannels] from the noise level, the labels and the augmentation labels. */
  protected embed(noiseLabels: tf.Tensor1D, conditions: UNetConditions): tf.Tensor2D {
    const { labels, augmentLabels, rng, endTime } = conditions;
    const first = this.embedTime(noiseLabels);
    let emb = endTime === undefined ? first : (tf.concat([first, this.embedTime(endTime)], 1) as tf.Tensor2D);
    if (this.map_label !== null) {
      const kept = this.training ? dropLabels(labels!, this.labelDropout, rng) : labels!;
      emb = tf.add(emb, this.map_label.forward(tf.mul(kept, Math.sqrt(this.labelDim))));
    }
    if (this.map_augment !== null && augmentLabels !== undefined) {
      emb = tf.add(emb, this.map_augment.forward(augmentLabels));
    }
    return silu(this.map_layer1.forward(silu(this.map_layer0.forward(emb))));
  }

  private embedTime(times: tf.Tensor1D): tf.Tensor2D {
    const [cosines, sines] = tf.split(this.map_noise.forward(times), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    // These networks have the sines first.
    return tf.concat([sines, cosines], 1) as tf.Tensor2D;
  }

  protected encode(x: tf.Tensor4D, emb: tf.Tensor2D, count: number, rng?: MaskRng): tf.Tensor4D[] {
    const kept: tf.Tensor4D[] = [];
    let h = x;
    let aux = x;
    const replaceLast = (value: tf.Tensor) => (h = kept[kept.length - 1] = value as tf.Tensor4D);
    for (const { kind, layer } of this.encoder) {
      if (kind === 'main' && kept.length === count) break;
      switch (kind) {
        case 'main':
          h = layer instanceof Conv2d ? layer.forward(h) : layer.forward(h, emb, rng);
          kept.push(h);
          break;
        case 'aux_down':
          aux = layer.forward(aux);
          break;
        case 'aux_skip':
          replaceLast(tf.add(h, layer.forward(aux)));
          break;
        case 'aux_residual':
          aux = replaceLast(tf.mul(tf.add(h, layer.forward(aux)), Math.SQRT1_2));
          break;
      }
    }
    return kept;
  }

  protected decode(encoded: tf.Tensor4D[], emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D {
    let h = encoded.at(-1)!;
    let out: tf.Tensor4D | null = null;
    for (const step of this.decoder) {
      if (step.kind === 'block') {
        const input = step.takesSkip ? (tf.concat([h, encoded.pop()!], 3) as tf.Tensor4D) : h;
        h = step.layer.forward(input, emb, rng);
      } else if (step.kind === 'aux_up') {
        out = step.layer.forward(out!);
      } else {
        const image = step.conv.forward(step.norm.forward(h, { silu: true }));
        out = out === null ? image : (tf.add(out, image) as tf.Tensor4D);
      }
    }
    return out!;
  }
}
