import * as tf from '@tensorflow/tfjs-core';
import { toFloat32, type StateDict } from '@onestep/checkpoint';
import { fromFileLayout } from '@onestep/nn';

/** Sizes of a VGG network with sixteen layers of weights. */
export interface Vgg16Sizes {
  /** Channels of each of the five stages. */
  channels: readonly [number, number, number, number, number];
  /** Length of the two layers before the last. */
  hidden: number;
  classes: number;
  /** Side of the images that it sees, a multiple of 32. */
  resolution: number;
}

/** The published network: 138 million weights, 15.5 billion multiplications an image. */
export const VGG16: Vgg16Sizes = { channels: [64, 128, 256, 512, 512], hidden: 4096, classes: 1000, resolution: 224 };

/** Where each stage's convolutions stand in torchvision's list of layers; pooling follows each stage. */
const STAGES = [
  [0, 2],
  [5, 7],
  [10, 12, 14],
  [17, 19, 21],
  [24, 26, 28],
] as const;
/** The same for the three linear layers. */
const LINEAR = [0, 3, 6] as const;
/** Of ImageNet's images, by channel, as torchvision scales them for this network. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** The tensors of torchvision's file, with their shapes. */
export function vgg16Shapes({ channels, hidden, classes, resolution }: Vgg16Sizes = VGG16): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  let inputs = 3;
  STAGES.forEach((stage, i) => {
    for (const layer of stage) {
      shapes.set(`features.${layer}.weight`, [channels[i]!, inputs, 3, 3]);
      shapes.set(`features.${layer}.bias`, [channels[i]!]);
      inputs = channels[i]!;
    }
  });
  const sizes = [inputs * (resolution / 32) ** 2, hidden, hidden, classes];
  LINEAR.forEach((layer, i) => {
    shapes.set(`classifier.${layer}.weight`, [sizes[i + 1]!, sizes[i]!]);
    shapes.set(`classifier.${layer}.bias`, [sizes[i + 1]!]);
  });
  return shapes;
}

/** VGG16 (Simonyan & Zisserman 2015, configuration D) with torchvision's weights, on the current tfjs backend. */
export class Vgg16Network {
  readonly sizes: Vgg16Sizes;
  private readonly stages: { kernel: tf.Tensor4D; bias: tf.Tensor1D }[][];
  private readonly linear: { matrix: tf.Tensor2D; bias: tf.Tensor1D }[];

  /**
   * @param weights of torchvision's file, as a state dict
   * @param source names the file in messages
   * @throws naming the tensor if they are those of another network
   */
  constructor(weights: StateDict, source = 'The file', sizes: Vgg16Sizes = VGG16) {
    assertVgg16Weights(weights, source, sizes);
    this.sizes = sizes;
    const values = (name: string) => toFloat32(weights[name]!);
    const bias = (name: string) => tf.tensor1d(values(`${name}.bias`).slice());
    this.stages = STAGES.map((stage) =>
      stage.map((layer) => {
        const name = `features.${layer}`;
        const shape = weights[`${name}.weight`]!.shape as [number, number, number, number];
        const [outputs, inputs, height, width] = shape;
        const kernel = fromFileLayout(values(`${name}.weight`), shape, 'conv');
        return { kernel: tf.tensor4d(kernel, [height, width, inputs, outputs]), bias: bias(name) };
      }),
    );
    this.linear = LINEAR.map((layer) => {
      const name = `classifier.${layer}`;
      const shape = weights[`${name}.weight`]!.shape as [number, number];
      return { matrix: tf.tensor2d(values(`${name}.weight`).slice(), shape), bias: bias(name) };
    });
  }

  /**
   * @param images [N, H, W, 3] or, gray, [N, H, W, 1]; pixels 0 to 255; resized as Inception's are
   * @returns what the second linear layer's rectifier lets through, [N, 4096], and class scores, [N, 1000]
   */
  forward(images: tf.Tensor4D): { features: tf.Tensor2D; logits: tf.Tensor2D } {
    return tf.tidy(() => {
      let x = this.toInput(images);
      for (const stage of this.stages) {
        for (const { kernel: filter, bias } of stage) {
          x = tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'relu' });
        }
        x = tf.maxPool(x, 2, 2, 'valid');
      }
      // The weights expect channels first.
      const flat = tf.reshape<tf.Rank.R2>(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], -1]);
      const [first, second, last] = this.linear as [Linear, Linear, Linear];
      const features = tf.relu(apply(second, tf.relu(apply(first, flat))));
      return { features, logits: apply(last, features) };
    });
  }

  private toInput(images: tf.Tensor4D): tf.Tensor4D {
    const { resolution } = this.sizes;
    const isRightSize = images.shape[1] === resolution && images.shape[2] === resolution;
    const resized = isRightSize ? images : tf.image.resizeBilinear(images, [resolution, resolution]);
    const rgb = images.shape[3] === 1 ? tf.concat([resized, resized, resized], 3) : resized;
    return tf.div(tf.sub(tf.div(rgb, 255), MEAN), DEVIATION);
  }

  dispose(): void {
    tf.dispose([this.stages, this.linear]);
  }
}

interface Linear {
  matrix: tf.Tensor2D;
  bias: tf.Tensor1D;
}

function apply({ matrix, bias }: Linear, x: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x, matrix, false, true), bias);
}

/** @throws naming what is missing, unexpected or of another shape */
function assertVgg16Weights(weights: StateDict, source: string, sizes: Vgg16Sizes): void {
  const fail = (what: string) => {
    throw new Error(`${source} does not hold the weights of torchvision's VGG16: ${what}.`);
  };
  const shapes = vgg16Shapes(sizes);
  for (const [name, shape] of shapes) {
    const tensor = weights[name];
    if (tensor === undefined) return fail(`it has no tensor ${name}`);
    if (tensor.shape.join() !== shape.join()) return fail(`${name} has shape [${tensor.shape}], not [${shape}]`);
  }
  const other = Object.keys(weights).find((name) => !shapes.has(name));
  if (other !== undefined) fail(`the tensor ${other} has no place in it`);
}
