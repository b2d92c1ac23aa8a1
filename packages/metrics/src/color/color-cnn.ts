import * as tf from '@tensorflow/tfjs-core';
import { Linear, Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { ConvBlock } from '../classifier/conv-block.js';

/** Height and width of the network's input, in pixels. */
export const RESOLUTION = 64;
/** Side of the blocks of pixels that become channels. */
const BLOCK = 4;
/** Length of a feature vector. */
export const FEATURES = 128;

/** What the network is trained to say about a picture, with the number of classes of each. */
export const QUESTIONS = {
  /** The figure: ten kinds of clothes and ten geometric shapes. Its probabilities serve the Inception Score. */
  object: 20,
  /** The pattern of the background. */
  texture: 7,
  /** Eight hues, black, gray and white. */
  objectColor: 11,
  backgroundColor: 11,
  /** Where the figure is: the cell of a 3x3 grid. */
  place: 9,
  /** Quarters of the range of sizes. */
  size: 4,
  /** How blurred the picture is. */
  blur: 4,
  /** How noisy the picture is. */
  noise: 4,
} as const;
/** Name of a question. */
export type Question = keyof typeof QUESTIONS;

/**
 * A small convolutional network for color pictures of 64x64 pixels, with one linear output for each question: 362,934
 * parameters, 15.6 million multiplications per picture. Its features are the 128 averages over the last 4x4 activations.
 */
export class ColorCnn extends Module {
  readonly stem: ConvBlock;
  readonly down8: ConvBlock;
  readonly res8: ConvBlock;
  readonly down4: ConvBlock;
  readonly res4: ConvBlock;
  readonly head: Linear;

  /** @param rng draws the initial weights; null leaves them zero, for weights that are loaded */
  constructor(rng: Rng | null) {
    super();
    const outputs = Object.values(QUESTIONS).reduce((a, b) => a + b, 0);
    this.stem = new ConvBlock(3 * BLOCK * BLOCK, 48, rng);
    this.down8 = new ConvBlock(48, 80, rng, { down: true });
    this.res8 = new ConvBlock(80, 80, rng, { residual: true });
    this.down4 = new ConvBlock(80, FEATURES, rng, { down: true });
    this.res4 = new ConvBlock(FEATURES, FEATURES, rng, { residual: true });
    this.head = new Linear(FEATURES, outputs, rng);
  }

  /**
   * @param pixels 0 to 255, [N, 64, 64, 3]
   * @returns features [N, 128], and the logits of all questions one after another, [N, 70]
   */
  forward(pixels: tf.Tensor4D): { features: tf.Tensor2D; logits: tf.Tensor2D } {
    const blocks = RESOLUTION / BLOCK;
    const x = tf.sub(tf.div(pixels, 127.5), 1);
    const split = tf.reshape(x, [-1, blocks, BLOCK, blocks, BLOCK * 3]);
    let y = tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4]), [-1, blocks, blocks, BLOCK * BLOCK * 3]) as tf.Tensor4D;
    y = this.stem.forward(y);
    y = this.res8.forward(this.down8.forward(y));
    y = this.res4.forward(this.down4.forward(y));
    const features = tf.mean<tf.Tensor2D>(y, [1, 2]);
    return { features, logits: this.head.forward(features) };
  }
}

/** Where the logits of a question begin. */
export function logitsStart(question: Question): number {
  const names = Object.keys(QUESTIONS) as Question[];
  return names.slice(0, names.indexOf(question)).reduce((sum, name) => sum + QUESTIONS[name], 0);
}
