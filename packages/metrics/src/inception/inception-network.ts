import * as tf from '@tensorflow/tfjs-core';
import { toFloat32, type StateDict } from '@onestep/checkpoint';
import { inceptionParts, type InceptionParts } from './architecture.js';
import { assertInceptionWeights, foldConvs, INCEPTION_CLASSES } from './weights.js';

/**
 * A layer of the network: `64` to `2048` are that many averages over activations; `spatial` are activations of seven
 * channels at 17x17 places (TensorFlow's `mixed_6/conv`, used by sFID); `logits_unbiased` and `logits` are the class
 * scores without and with the bias of the last layer.
 */
export type InceptionLayer = '64' | '192' | 'spatial' | '768' | '2048' | 'logits_unbiased' | 'logits';

/**
 * Length of each layer's output.
 *
 * @internal
 */
export const INCEPTION_LAYERS: Readonly<Record<InceptionLayer, number>> = {
  '64': 64,
  '192': 192,
  spatial: 7 * 17 * 17,
  '768': 768,
  '2048': 2048,
  logits_unbiased: INCEPTION_CLASSES,
  logits: INCEPTION_CLASSES,
};

/**
 * Height and width of the network's input.
 *
 * @internal
 */
export const INCEPTION_INPUT = 299;
/** Pixels v become (v - center) / scale. */
const SCALING = { center: 128, scale: 128 };
const PARTS = [64, 192, '6c', 768, 2048] as const;

/**
 * The Inception network of FID (Szegedy et al. 2016; TensorFlow's graph of 5 December 2015) on the current tfjs backend:
 * 23.9 million weights, 5.7 billion multiplications per image. Batch normalization is folded into the convolutions.
 */
export class InceptionNetwork {
  private readonly parts: InceptionParts;
  private readonly classes: tf.Tensor2D;
  private readonly bias: tf.Tensor1D;
  private readonly tensors: tf.Tensor[];

  /**
   * @param weights state dict of the public PyTorch files (pytorch-fid, torch-fidelity:
   *   `pt_inception-2015-12-05-6726825d.pth`)
   * @param source name of the file, for error messages
   * @throws naming the tensor, if the weights are those of another network
   */
  constructor(weights: StateDict, source = 'The file') {
    assertInceptionWeights(weights, source);
    const { conv, tensors } = foldConvs(weights);
    this.parts = inceptionParts(conv);
    const matrix = weights['fc.weight']!;
    this.classes = tf.tensor2d(toFloat32(matrix).slice(), matrix.shape as [number, number]);
    this.bias = tf.tensor1d(toFloat32(weights['fc.bias']!).slice());
    this.tensors = [...tensors, this.classes, this.bias];
  }

  /**
   * Runs the network up to the last requested layer.
   *
   * @param images RGB [N, H, W, 3] or gray [N, H, W, 1], pixels 0 to 255. They are resized to 299x299 as in TensorFlow 1:
   *   bilinear, output pixel i at i * H / 299, without antialiasing
   * @param layers the layers to return
   * @param scaling pixels v become (v - center) / scale. Default: (v - 128) / 128
   * @returns each requested layer, [N, length]
   */
  forward<L extends InceptionLayer>(
    images: tf.Tensor4D,
    layers: readonly L[],
    scaling: { center: number; scale: number } = SCALING,
  ): Record<L, tf.Tensor2D> {
    return tf.tidy(() => {
      const found: Partial<Record<InceptionLayer, tf.Tensor2D>> = {};
      let x = toNetworkInput(images, scaling);
      for (const part of PARTS) {
        x = this.parts[part](x);
        if (part === '6c') {
          if (layers.some((layer) => layer === 'spatial')) {
            found.spatial = tf.reshape(this.parts.spatial(x), [-1, INCEPTION_LAYERS.spatial]);
          }
          continue;
        }
        const mean = tf.mean<tf.Tensor2D>(x, [1, 2]);
        found[`${part}`] = mean;
        if (part === 2048) {
          found.logits_unbiased = tf.matMul(mean, this.classes, false, true) as tf.Tensor2D;
          found.logits = tf.add<tf.Tensor2D>(found.logits_unbiased, this.bias);
        }
        if (layers.every((layer) => found[layer] !== undefined)) break;
      }
      return Object.fromEntries(layers.map((layer) => [layer, found[layer]])) as Record<L, tf.Tensor2D>;
    });
  }

  /** Frees the weights. */
  dispose(): void {
    tf.dispose(this.tensors);
  }
}

/**
 * Resizes and scales images.
 *
 * @returns [N, 299, 299, 3], (v - center) / scale
 */
function toNetworkInput(images: tf.Tensor4D, { center, scale }: { center: number; scale: number }): tf.Tensor4D {
  const [, height, width, channels] = images.shape;
  const isRightSize = height === INCEPTION_INPUT && width === INCEPTION_INPUT;
  const resized = isRightSize ? images : tf.image.resizeBilinear(images, [INCEPTION_INPUT, INCEPTION_INPUT]);
  const scaled = tf.div(tf.sub(resized, center), scale) as tf.Tensor4D;
  return channels === 1 ? tf.concat([scaled, scaled, scaled], 3) : scaled;
}
