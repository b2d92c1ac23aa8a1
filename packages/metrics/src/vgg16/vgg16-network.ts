import * as tf from '@tensorflow/tfjs-core';
import { toFloat32, type StateDict } from '@onestep/checkpoint';
import { pool, Vgg16Features, vgg16FeatureShapes, type Vgg16Channels } from './vgg16-features.js';

/** Sizes of a VGG network with sixteen weight layers. */
export interface Vgg16Sizes {
  /** Channels of the five stages. */
  channels: Vgg16Channels;
  /** Outputs of the two hidden linear layers. */
  hidden: number;
  /** Number of class scores. */
  classes: number;
  /** Height and width of the network's input, a multiple of 32. */
  resolution: number;
}

/** The published network: 138 million weights, 15.5 billion multiplications per image. */
export const VGG16: Vgg16Sizes = { channels: [64, 128, 256, 512, 512], hidden: 4096, classes: 1000, resolution: 224 };

/** Indices of the linear layers in torchvision's `classifier`. */
const LINEAR = [0, 3, 6] as const;
/** Mean and standard deviation of ImageNet's channels, with which torchvision normalizes images for this network. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** Returns the names and shapes of the tensors in torchvision's file. */
export function vgg16Shapes({ channels, hidden, classes, resolution }: Vgg16Sizes = VGG16): Map<string, number[]> {
  const shapes = vgg16FeatureShapes(channels);
  const sizes = [channels[4] * (resolution / 32) ** 2, hidden, hidden, classes];
  LINEAR.forEach((layer, i) => {
    shapes.set(`classifier.${layer}.weight`, [sizes[i + 1]!, sizes[i]!]);
    shapes.set(`classifier.${layer}.bias`, [sizes[i + 1]!]);
  });
  return shapes;
}

/** VGG16 (Simonyan & Zisserman 2015, configuration D) with torchvision's weights, on the current tfjs backend. */
export class Vgg16Network {
  /** Sizes of the layers. */
  readonly sizes: Vgg16Sizes;
  private readonly features: Vgg16Features;
  private readonly linear: { matrix: tf.Tensor2D; bias: tf.Tensor1D }[];

  /**
   * @param weights state dict of torchvision's file, `vgg16-397923af.pth`
   * @param source name of the file, for error messages
   * @param sizes sizes of the layers; default: the published network
   * @throws naming the tensor, if the weights are those of another network
   */
  constructor(weights: StateDict, source = 'The file', sizes: Vgg16Sizes = VGG16) {
    assertVgg16Weights(weights, source, sizes);
    this.sizes = sizes;
    this.features = new Vgg16Features(weights);
    const values = (name: string) => toFloat32(weights[name]!);
    this.linear = LINEAR.map((layer) => {
      const name = `classifier.${layer}`;
      const shape = weights[`${name}.weight`]!.shape as [number, number];
      return {
        matrix: tf.tensor2d(values(`${name}.weight`).slice(), shape),
        bias: tf.tensor1d(values(`${name}.bias`).slice()),
      };
    });
  }

  /**
   * Runs the network.
   *
   * @param images RGB [N, H, W, 3] or gray [N, H, W, 1], pixels 0 to 255. They are resized to 224x224 in the same way as
   *   Inception's
   * @returns the outputs of the second linear layer after ReLU, [N, 4096], and the class scores, [N, 1000]
   */
  forward(images: tf.Tensor4D): { features: tf.Tensor2D; logits: tf.Tensor2D } {
    return tf.tidy(() => {
      const x = pool(this.features.forward(this.toInput(images)).at(-1)!);
      // The weights of the linear layers expect channels first.
      const flat = tf.reshape<tf.Rank.R2>(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], -1]);
      const [first, second, last] = this.linear as [Linear, Linear, Linear];
      const features = tf.relu(applyLinear(second, tf.relu(applyLinear(first, flat))));
      return { features, logits: applyLinear(last, features) };
    });
  }

  private toInput(images: tf.Tensor4D): tf.Tensor4D {
    const { resolution } = this.sizes;
    const isRightSize = images.shape[1] === resolution && images.shape[2] === resolution;
    const resized = isRightSize ? images : tf.image.resizeBilinear(images, [resolution, resolution]);
    const rgb = images.shape[3] === 1 ? tf.concat([resized, resized, resized], 3) : resized;
    return tf.div(tf.sub(tf.div(rgb, 255), MEAN), DEVIATION);
  }

  /** Frees the weights. */
  dispose(): void {
    this.features.dispose();
    tf.dispose(this.linear);
  }
}

interface Linear {
  matrix: tf.Tensor2D;
  bias: tf.Tensor1D;
}

function applyLinear({ matrix, bias }: Linear, x: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x, matrix, false, true), bias);
}

/** @throws naming the tensor that is missing, unexpected or of another shape */
function assertVgg16Weights(weights: StateDict, source: string, sizes: Vgg16Sizes): void {
  const fail = (what: string) => {
    throw new Error(`${source} does not hold the weights of torchvision's VGG16: ${what}.`);
  };
  const shapes = vgg16Shapes(sizes);
  for (const [name, shape] of shapes) {
    const tensor = weights[name];
    if (tensor === undefined) return fail(`the tensor ${name} is missing`);
    if (tensor.shape.join() !== shape.join()) return fail(`${name} has shape [${tensor.shape}], not [${shape}]`);
  }
  const other = Object.keys(weights).find((name) => !shapes.has(name));
  if (other !== undefined) fail(`the tensor ${other} does not belong to it`);
}
