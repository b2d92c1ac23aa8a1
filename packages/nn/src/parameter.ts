import * as tf from '@tensorflow/tfjs-core';
import { permuteAxes, toFloat32, type HostTensor } from '@onestep/checkpoint';

/**
 * Order of a tensor's axes in memory and in files. `conv` is HWIO in memory (tfjs) and OIHW in files
 * (PyTorch); `plain` is the same in both.
 */
export type Layout = 'plain' | 'conv';

const TO_FILE = { plain: null, conv: [3, 2, 0, 1] } as const;
const FROM_FILE = { plain: null, conv: [2, 3, 1, 0] } as const;

/** A saved tensor of a {@link Module}: a trained parameter, or a buffer that is not trained. */
export class Parameter {
  /** The value, in memory layout. */
  readonly variable: tf.Variable;
  readonly layout: Layout;
  /** False for a buffer. */
  readonly trainable: boolean;

  /**
   * @param initial the value in memory layout; the parameter disposes of it
   * @param options the layout, by default `plain`, and whether it is trained, by default true
   */
  constructor(
    initial: tf.Tensor,
    { layout = 'plain', trainable = true }: { layout?: Layout; trainable?: boolean } = {},
  ) {
    this.variable = tf.variable(initial, trainable);
    initial.dispose();
    this.layout = layout;
    this.trainable = trainable;
  }

  /** The shape in file layout. */
  get fileShape(): number[] {
    const axes = TO_FILE[this.layout];
    return axes === null ? this.variable.shape.slice() : axes.map((axis) => this.variable.shape[axis]!);
  }

  /** Downloads the value, in file layout. */
  async download(): Promise<HostTensor> {
    const data = (await this.variable.data()) as Float32Array;
    return { shape: this.fileShape, data: toFileLayout(data, this.variable.shape, this.layout) };
  }

  /**
   * Sets the value.
   *
   * @param value in file layout
   * @param name for messages
   * @throws if the shape differs
   */
  upload(value: HostTensor, name = 'parameter'): void {
    if (value.shape.join() !== this.fileShape.join()) {
      throw new Error(`${name} has shape [${value.shape}] in the file, and this network needs [${this.fileShape}].`);
    }
    const elements = toFloat32(value);
    // A copy, because a tensor of the file may be a view of the buffer of the whole file.
    const data = this.layout === 'plain' ? elements.slice() : fromFileLayout(elements, value.shape, this.layout);
    tf.tidy(() => this.variable.assign(tf.tensor(data, this.variable.shape, 'float32')));
  }

  /** Frees the value. */
  dispose(): void {
    this.variable.dispose();
  }
}

/**
 * Reorders a value from memory layout to file layout.
 *
 * @param shape in memory layout
 * @internal
 */
export function toFileLayout(data: Float32Array, shape: readonly number[], layout: Layout): Float32Array {
  const axes = TO_FILE[layout];
  return axes === null ? data : permuteAxes(data, shape, axes);
}

/**
 * Reorders a value from file layout to memory layout.
 *
 * @param fileShape in file layout
 * @internal
 */
export function fromFileLayout(data: Float32Array, fileShape: readonly number[], layout: Layout): Float32Array {
  const axes = FROM_FILE[layout];
  return axes === null ? data : permuteAxes(data, fileShape, axes);
}
