import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { TrainingLabels } from '../conditions/training-labels.js';
import type { TrainableGenerator } from '../generator.js';
import type { NetworkCost } from '../network-cost.js';
import { describeGenerator } from './generator-file.js';

/** The settings of a {@link PixelGenerator}. JSON. */
export interface PixelSettings {
  imgResolution: number;
  imgChannels: number;
  /** Number of classes; 0 for pictures without labels. */
  labelDim: number;
  model: {
    type: 'pixels';
    /** Pictures of each class, or of all where there are no classes. */
    pictures: number;
  };
  classNames?: readonly string[];
  labels?: TrainingLabels;
}

/** Standard deviation of the noise that pictures begin as, around gray: that of images in [-1, 1] (Karras et al. 2022). */
const INITIAL_DEVIATION = 0.5;

class Pictures extends Module {
  readonly pictures: Parameter;

  constructor(initial: tf.Tensor4D) {
    super();
    this.pictures = new Parameter(initial);
  }
}

/**
 * Pictures as a generator: its parameters are their pixels, and a latent says which one. It is the Dirac generator of Lemma 3.4, Luo
 * et al. 2023, once for each picture. Each class has pictures of its own.
 */
export class PixelGenerator implements TrainableGenerator {
  readonly module: Module;
  private readonly own: PixelSettings;
  private readonly pictures: Parameter;

  /** @param rng draws the noise that the pictures begin as; left out, they begin gray */
  constructor(settings: PixelSettings, rng?: Rng) {
    const { imgResolution: size, imgChannels: channels, labelDim, model } = settings;
    this.own = settings;
    const shape: [number, number, number, number] = [Math.max(labelDim, 1) * model.pictures, size, size, channels];
    const count = shape.reduce((a, b) => a * b, 1);
    const noise = rng?.normal(count).map((value) => INITIAL_DEVIATION * value);
    const module = new Pictures(tf.tensor4d(noise ?? new Float32Array(count), shape));
    this.module = module;
    this.pictures = module.pictures;
  }

  get imgResolution(): number {
    return this.own.imgResolution;
  }

  get imgChannels(): number {
    return this.own.imgChannels;
  }

  get labelDim(): number {
    return this.own.labelDim;
  }

  get labels(): TrainingLabels | undefined {
    return this.own.labels;
  }

  get classNames(): readonly string[] | undefined {
    return this.own.classNames;
  }

  get cost(): NetworkCost {
    const pixels = this.imgResolution ** 2 * this.imgChannels;
    const { size: parameters, shape } = this.pictures.variable;
    return { parameters, activations: pixels, workspace: pixels, multiplications: shape[0]! * pixels };
  }

  get settings(): Record<string, unknown> {
    return describeGenerator({ ...this.own }, {});
  }

  /**
   * Picks pictures.
   *
   * @param z [N, pictures], one-hot
   * @param labels [N, labelDim], one-hot
   * @returns [N, H, W, C]
   */
  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D {
    return tf.tidy(() => {
      const [count] = z.shape as [number];
      const { variable } = this.pictures;
      const [rows, ...image] = variable.shape as [number, number, number, number];
      const chosen =
        labels === undefined
          ? (z as tf.Tensor2D)
          : tf.reshape(tf.mul(tf.expandDims(labels, 2), tf.expandDims(z, 1)), [count, rows]);
      const pixels = tf.matMul(chosen as tf.Tensor2D, tf.reshape(variable, [rows, -1]) as tf.Tensor2D);
      return tf.reshape(pixels, [count, ...image]) as tf.Tensor4D;
    });
  }

  /** Draws pictures, each equally often. */
  sampleLatents(rng: Rng, n: number): { shape: number[]; data: Float32Array } {
    return this.oneHot(rng.integers(n, this.own.model.pictures));
  }

  /** The pictures in order, and again from the first. */
  latentOf(seed: number): { shape: number[]; data: Float32Array } {
    return this.oneHot([seed % this.own.model.pictures]);
  }

  clone(): PixelGenerator {
    const copy = new PixelGenerator(this.own);
    copy.module.copyFrom(this.module);
    return copy;
  }

  private oneHot(indices: ArrayLike<number>): { shape: number[]; data: Float32Array } {
    const { pictures } = this.own.model;
    const data = new Float32Array(indices.length * pictures);
    for (let i = 0; i < indices.length; i++) data[i * pictures + indices[i]!] = 1;
    return { shape: [indices.length, pictures], data };
  }
}

/** Whether settings of a network file describe a {@link PixelGenerator}. */
export function isPixelSettings(settings: Readonly<Record<string, unknown>>): boolean {
  return (settings.model as { type?: unknown } | undefined)?.type === 'pixels';
}
