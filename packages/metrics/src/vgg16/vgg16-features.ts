import * as tf from '@tensorflow/tfjs-core';
import { toFloat32, type StateDict } from '@onestep/checkpoint';
import { fromFileLayout } from '@onestep/nn';

/** Channels of the five stages of convolutions. */
export type Vgg16Channels = readonly [number, number, number, number, number];

/** Indices of each stage's convolutions in torchvision's `features`; each stage ends with max pooling. */
const STAGES = [
  [0, 2],
  [5, 7],
  [10, 12, 14],
  [17, 19, 21],
  [24, 26, 28],
] as const;

/** Returns the names and shapes of the convolutions' tensors in torchvision's file. */
export function vgg16FeatureShapes(channels: Vgg16Channels): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  let inputs = 3;
  STAGES.forEach((stage, i) => {
    for (const layer of stage) {
      shapes.set(`features.${layer}.weight`, [channels[i]!, inputs, 3, 3]);
      shapes.set(`features.${layer}.bias`, [channels[i]!]);
      inputs = channels[i]!;
    }
  });
  return shapes;
}

/** The convolutions of VGG16 (Simonyan & Zisserman 2015, configuration D), on the current tfjs backend. */
export class Vgg16Features {
  private readonly stages: { kernel: tf.Tensor4D; bias: tf.Tensor1D }[][];

  /** @param weights with the names of torchvision, checked by the caller: {@link vgg16FeatureShapes} */
  constructor(weights: StateDict) {
    const values = (name: string) => toFloat32(weights[name]!);
    this.stages = STAGES.map((stage) =>
      stage.map((layer) => {
        const name = `features.${layer}`;
        const shape = weights[`${name}.weight`]!.shape as [number, number, number, number];
        const [outputs, inputs, height, width] = shape;
        const kernel = fromFileLayout(values(`${name}.weight`), shape, 'conv');
        return {
          kernel: tf.tensor4d(kernel, [height, width, inputs, outputs]),
          bias: tf.tensor1d(values(`${name}.bias`).slice()),
        };
      }),
    );
  }

  /**
   * Evaluates the network.
   *
   * @param images normalized as the weights expect, [N, H, W, 3]
   * @returns the last feature map of each stage, before pooling
   */
  forward(images: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => {
      let x = images;
      return this.stages.map((stage, i) => {
        if (i > 0) x = pool(x);
        for (const { kernel: filter, bias } of stage) {
          x = tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'relu' });
        }
        return x;
      });
    });
  }

  /** Frees the weights. */
  dispose(): void {
    tf.dispose(this.stages);
  }
}

/** The pooling that ends a stage. */
export function pool(x: tf.Tensor4D): tf.Tensor4D {
  return tf.maxPool(x, 2, 2, 'valid');
}
