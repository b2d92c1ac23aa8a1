import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { MappingSettings } from '../settings.js';
import { EqualizedLinear } from './equalized-linear.js';

const EPSILON = 1e-8;

/** Sizes of a mapping network. */
export interface MappingSizes {
  /** Length of z; 0 for a network that maps labels alone. */
  zDim: number;
  /** Length of a label; 0 for none. */
  labelDim: number;
  wDim: number;
  /** Number of w that a synthesis network takes; 0 for a network without an average of w. */
  numWs: number;
}

/** How far w is moved toward its average. */
export interface Truncation {
  /** 1 leaves w as it is, 0 is the average. Default 1. */
  psi?: number;
  /** Number of w that are moved, from the first; null for all. Default null. */
  cutoff?: number | null;
}

/** The dense layers that turn z and a label into w. */
export class MappingNetwork extends Module {
  readonly numWs: number;
  /** Embeds labels. */
  readonly embed: EqualizedLinear | null = null;
  /** [wDim], a buffer: the average of w. */
  readonly w_avg: Parameter | null;
  private readonly sizes: MappingSizes;
  private readonly wAvgBeta: number;
  private readonly numLayers: number;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(sizes: MappingSizes, settings: MappingSettings, rng: Rng | null) {
    super();
    const { zDim, labelDim, wDim, numWs } = sizes;
    const { numLayers, embedFeatures, layerFeatures, lrMultiplier, wAvgBeta } = settings;
    this.sizes = sizes;
    this.numWs = numWs;
    this.numLayers = numLayers;
    this.wAvgBeta = wAvgBeta;
    const embedded = labelDim > 0 ? (embedFeatures ?? wDim) : 0;
    if (labelDim > 0) this.embed = new EqualizedLinear(labelDim, embedded, rng);
    const between = Array.from({ length: numLayers - 1 }, () => layerFeatures ?? wDim);
    const widths = [zDim + embedded, ...between, wDim];
    for (let i = 0; i < numLayers; i++) {
      const layer = new EqualizedLinear(widths[i]!, widths[i + 1]!, rng, { lrMultiplier, activation: true });
      Object.assign(this, { [`fc${i}`]: layer });
    }
    this.w_avg = numWs > 0 ? new Parameter(tf.zeros([wDim]), { trainable: false }) : null;
  }

  /**
   * @param z [N, zDim]; undefined for a network that maps labels alone
   * @param labels [N or 1, labelDim], for a network with labels
   * @returns w, [N, wDim]
   * @throws if z or the labels are missing, or have another length
   */
  map(z: tf.Tensor2D | undefined, labels?: tf.Tensor2D): tf.Tensor2D {
    const { zDim, labelDim } = this.sizes;
    const count = (z ?? labels)?.shape[0] ?? 0;
    return tf.tidy(() => {
      const parts: tf.Tensor2D[] = [];
      if (zDim > 0) parts.push(normalize(requireRows(z, zDim, 'latents')));
      if (labelDim > 0) {
        const embedding = normalize(this.embed!.forward(requireRows(labels, labelDim, 'labels')));
        parts.push(embedding.shape[0] === count ? embedding : tf.tile(embedding, [count, 1]));
      }
      let x = parts.length === 1 ? parts[0]! : (tf.concat(parts, 1) as tf.Tensor2D);
      for (const layer of this.layers()) x = layer.forward(x);
      return x;
    });
  }

  /**
   * Repeats w for each layer of the synthesis, and moves it toward its average: w_avg + psi (w - w_avg).
   *
   * @param w [N, wDim]
   * @returns ws, [N, numWs, wDim]
   */
  broadcast(w: tf.Tensor2D, { psi = 1, cutoff = null }: Truncation = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const repeat = (rows: tf.Tensor, count: number) => tf.tile(tf.expandDims(rows, 1), [1, count, 1]) as tf.Tensor3D;
      const moved = psi === 1 ? 0 : Math.min(Math.max(cutoff ?? this.numWs, 0), this.numWs);
      if (moved === 0) return repeat(w, this.numWs);
      const average = this.w_avg!.variable;
      const truncated = repeat(tf.add(average, tf.mul(tf.sub(w, average), psi)), moved);
      return moved === this.numWs ? truncated : tf.concat([truncated, repeat(w, this.numWs - moved)], 1);
    });
  }

  /**
   * The average of w after a batch: decay w_avg + (1 - decay) mean(w), [wDim].
   *
   * @param w [N, wDim]
   */
  averageAfter(w: tf.Tensor2D): tf.Tensor1D {
    return tf.tidy(() => {
      const mean = tf.mean(w, 0);
      return tf.add(mean, tf.mul(tf.sub(this.w_avg!.variable, mean), this.wAvgBeta)) as tf.Tensor1D;
    });
  }

  private layers(): EqualizedLinear[] {
    const children = new Map(this.children());
    return Array.from({ length: this.numLayers }, (_, i) => children.get(`fc${i}`) as EqualizedLinear);
  }
}

/** x / sqrt(mean(x²) + epsilon), each row. */
function normalize(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), EPSILON)));
}

function requireRows(rows: tf.Tensor2D | undefined, length: number, what: string): tf.Tensor2D {
  if (rows?.shape[1] === length) return rows;
  const found = rows === undefined ? 'are missing' : `have shape [${rows.shape}]`;
  throw new Error(`The ${what} ${found}; this network needs [N, ${length}].`);
}
