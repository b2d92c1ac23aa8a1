import * as tf from '@tensorflow/tfjs-core';
import { toFloat32, type StateDict } from '@onestep/checkpoint';
import { bilinearResize } from '@onestep/nn';
import { Vgg16Features, vgg16FeatureShapes, type Vgg16Channels } from './vgg16-features.js';
import { VGG16 } from './vgg16-network.js';

/** Shift and scale of images in [-1, 1] before the network: those of the published `ScalingLayer`. */
const SHIFT = [-0.03, -0.088, -0.188];
const SCALE = [0.458, 0.448, 0.45];

/** Options of {@link Lpips}. */
export interface LpipsOptions {
  /** Height and width to which images are resized bilinearly before they are compared; left out, they are not. */
  resize?: number;
  /** Channels of the five stages. Default: those of VGG16. */
  channels?: Vgg16Channels;
}

/**
 * LPIPS (Zhang et al. 2018) with VGG16: the squared differences of feature vectors of unit length, weighted by channel, averaged
 * over positions and summed over five layers. Gradients flow through both images.
 *
 * The weights are the caller's: torchvision's VGG16 (`vgg16-397923af.pth`) with the linear layers of the package `lpips`
 * (`weights/v0.1/vgg.pth`), or the state dict of `lpips.LPIPS(net='vgg')`, which has both.
 */
export class Lpips {
  private readonly features: Vgg16Features;
  private readonly linear: tf.Tensor1D[];
  private readonly resize: number | undefined;

  /**
   * @param weights the tensors of one file, or of both together
   * @param source names of the files, for messages
   * @throws naming a tensor that is missing or of another shape
   */
  constructor(weights: StateDict, source = 'The file', { resize, channels = VGG16.channels }: LpipsOptions = {}) {
    const named = Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [plainName(name), tensor]));
    assertWeights(named, source, channels);
    this.features = new Vgg16Features(named);
    this.linear = channels.map((_, i) => tf.tensor1d(toFloat32(named[`lin${i}`]!).slice()));
    this.resize = resize;
  }

  /**
   * Compares images.
   *
   * @param a [N, H, W, 1 or 3] in [-1, 1]
   * @param b of the same shape
   * @returns [N]
   */
  distance(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => {
      const [mapsA, mapsB] = [this.forward(a), this.forward(b)];
      const layers = mapsA.map((map, i) => {
        const squares = tf.squaredDifference(unitLength(map), unitLength(mapsB[i]!));
        return tf.mean(tf.sum(tf.mul(squares, this.linear[i]!), 3), [1, 2]) as tf.Tensor1D;
      });
      return tf.addN(layers);
    });
  }

  /** Frees the weights. */
  dispose(): void {
    this.features.dispose();
    tf.dispose(this.linear);
  }

  private forward(images: tf.Tensor4D): tf.Tensor4D[] {
    const { resize } = this;
    const resized = resize === undefined ? images : bilinearResize(images, resize);
    const rgb = images.shape[3] === 1 ? tf.concat([resized, resized, resized], 3) : resized;
    return this.features.forward(tf.div(tf.sub(rgb, SHIFT), SCALE));
  }
}

/** Scales each position's vector of channels to unit length. */
function unitLength(features: tf.Tensor4D): tf.Tensor4D {
  // The published form adds the number to the root; here, the root of 0 has a gradient.
  return tf.div(features, tf.sqrt(tf.add(tf.sum(tf.square(features), 3, true), 1e-20)));
}

/** `features.N.weight` of torchvision's names and of those in LPIPS, and `linN` of a linear layer. */
function plainName(name: string): string {
  // Layers keep their numbers in the slices of the published module.
  return name.replace(/^net\.slice\d\./, 'features.').replace(/^lin(\d)\.model\.1\.weight$/, 'lin$1');
}

/** @throws naming the tensor that is missing or of another shape */
function assertWeights(weights: StateDict, source: string, channels: Vgg16Channels): void {
  const shapes = vgg16FeatureShapes(channels);
  channels.forEach((count, i) => shapes.set(`lin${i}`, [1, count, 1, 1]));
  for (const [name, shape] of shapes) {
    const tensor = weights[name];
    if (tensor?.shape.join() === shape.join()) continue;
    const what =
      tensor === undefined ? `the tensor ${name} is missing` : `${name} has shape [${tensor.shape}], not [${shape}]`;
    throw new Error(
      `${source} does not hold the weights of LPIPS with VGG16: ${what}. They are in two files, torchvision's ` +
        'vgg16-397923af.pth and vgg.pth of the package lpips, or together in the state dict of lpips.LPIPS.',
    );
  }
}
