import { Builder } from '../src/lower/builder.js';
import { cpuDialect } from '../src/lower/dialect.js';
import type { Geometry } from '../src/lower/geometry.js';
import { toPlain } from '../src/lower/layout.js';
import type { GraphValue, LoweredTensor } from '../src/lower/lowered-tensor.js';
import { tf } from './support.js';

/** Lowers for blocks of 16 channels on every processor; the shapes below are made for them. */
export function lowered(lower: (b: Builder, input: (dims: readonly number[]) => LoweredTensor) => LoweredTensor) {
  const b = new Builder(cpuDialect(16));
  let count = 0;
  const input = (dims: readonly number[]): LoweredTensor => {
    const value: GraphValue = { name: `i${count++}`, dims, type: 'float32' };
    return { shape: dims, dtype: 'float32', plain: value };
  };
  toPlain(b, lower(b, input));
  return b.nodes;
}

export type Padding = 'same' | 'valid' | number | [number, number][];

export const padding = (pad: Padding) =>
  Array.isArray(pad) ? ([[0, 0], ...pad, [0, 0]] as tf.backend_util.ExplicitPadding) : pad;

/** A convolution, by default with stride 1 and padding 'same'. */
export interface Case {
  x: [number, number, number, number];
  kernel: [number, number];
  outputs: number;
  strides?: [number, number];
  pad?: Padding;
}

/** Its geometry and the shape of its result. */
export function geometryOf({ x: [n, h, w, c], kernel, outputs, strides = [1, 1], pad = 'same' }: Case): {
  geometry: Geometry;
  dy: number[];
} {
  const info = tf.backend_util.computeConv2DInfo([n, h, w, c], [...kernel, c, outputs], strides, 1, padding(pad));
  const { top, left, bottom, right } = info.padInfo;
  return { geometry: { kernel, strides, dilations: [1, 1], pads: [top, left, bottom, right] }, dy: info.outShape };
}
