import * as tf from '@tensorflow/tfjs-core';
import { permuteAxes, toFloat32, type HostTensor } from '@onestep/checkpoint';

/**
 * How a tensor's axes in memory relate to those in a file: `conv` is HWIO in memory (as tfjs wants it) and OIHW in a
 * file (as PyTorch writes it); `plain` is the same in both.
 */
export type Layout = 'plain' | 'conv';

const TO_FILE = { plain: null, conv: [3, 2, 0, 1] } as const;
const FROM_FILE = { plain: null, conv: [2, 3, 1, 0] } as const;

/** A named leaf of a {@link Module}: a trained parameter, or a buffer that is saved but not trained. */
export class Parameter {
  readonly variable: tf.Variable;
  readonly layout: Layout;
  /** False for a buffer. */
  readonly trainable: boolean;

  /** @param initial the value in memory layout; the parameter takes it over and disposes of it */
  constructor(
    initial: tf.Tensor,
    { layout = 'plain', trainable = true }: { layout?: Layout; trainable?: boolean } = {},
  ) {
    this.variable = tf.variable(initial, trainable);
    initial.dispose();
    this.layout = layout;
    this.trainable = trainable;
  }

  /** The shape as a file states it. */
  get fileShape(): number[] {
    const axes = TO_FILE[this.layout];
    return axes === null ? this.variable.shape.slice() : axes.map((axis) => this.variable.shape[axis]!);
  }

  /** Reads the value, in file layout. */
  async download(): Promise<HostTensor> {
    const data = (await this.variable.data()) as Float32Array;
    return { shape: this.fileShape, data: toFileLayout(data, this.variable.shape, this.layout) };
  }

  /** Sets the value from a tensor in file layout. @throws if the shape differs */
  upload(value: HostTensor, name = 'parameter'): void {
    if (value.shape.join() !== this.fileShape.join()) {
      throw new Error(`${name} has shape [${value.shape}] in the file, and this network needs [${this.fileShape}].`);
    }
    const elements = toFloat32(value);
    // A copy, so that no tensor keeps the buffer of a whole file.
    const data = this.layout === 'plain' ? elements.slice() : fromFileLayout(elements, value.shape, this.layout);
    tf.tidy(() => this.variable.assign(tf.tensor(data, this.variable.shape, 'float32')));
  }

  dispose(): void {
    this.variable.dispose();
  }
}

/** Reorders a value from memory layout (of shape `shape`) to file layout. */
export function toFileLayout(data: Float32Array, shape: readonly number[], layout: Layout): Float32Array {
  const axes = TO_FILE[layout];
  return axes === null ? data : permuteAxes(data, shape, axes);
}

/** Reorders a value from file layout (of file shape `fileShape`) to memory layout. */
export function fromFileLayout(data: Float32Array, fileShape: readonly number[], layout: Layout): Float32Array {
  const axes = FROM_FILE[layout];
  return axes === null ? data : permuteAxes(data, fileShape, axes);
}
