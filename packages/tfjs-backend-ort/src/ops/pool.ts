import { backend_util } from '@tensorflow/tfjs-core';
import type { Builder } from '../lower/builder.js';
import { checkWindow } from '../lower/geometry.js';
import { canBlock, fromBlocked, toBlocked, toPlain } from '../lower/layout.js';
import { type LoweredTensor, sizeOf } from '../lower/lowered-tensor.js';
import { averageTiles, repeatTiles, scaleBy } from '../lower/tiles.js';
import {
  fromChannelsFirst,
  insertZeros,
  outputSizes,
  toChannelsFirst,
  type Window,
  window2d,
  window3d,
  windowAttributes,
} from '../lower/window.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import type { Kernel } from './kernel.js';

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** The window of a pooling over [N,H,W,C] or [N,D,H,W,C], and the shape of the result. */
function pooling(x: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Attrs) {
  const rest = [filterSize, strides, 1, pad, dimRoundingMode] as const;
  if (x.length === 5) {
    const info = backend_util.computePool3DInfo([...x] as Shape5, ...rest);
    return checked(x, window3d(info), info.outShape);
  }
  const info = backend_util.computePool2DInfo([...x] as Shape4, ...rest);
  return checked(x, window2d(info), info.outShape);
}

function checked(x: readonly number[], window: Window, shape: readonly number[]) {
  checkWindow('pool', x, window.kernel, shape);
  return { window, shape };
}

/** The size of the tiles, if the windows are tiles that cover the image exactly; else null. */
function tiles(x: readonly number[], { kernel, strides, before, after }: Window): [number, number] | null {
  const exact = kernel.every((k, i) => k === strides[i] && x[i + 1]! % k === 0 && before[i] === 0 && after[i] === 0);
  return exact && kernel.length === 2 ? [kernel[0]!, kernel[1]!] : null;
}

const notFloat = (inputs: TensorSpec[]) => inputs.some((x) => x.dtype !== 'float32' || sizeOf(x.shape) === 0);

/** Whether ONNX refuses the padding, or computes another output size. */
function isUnsupported(x: readonly number[], attrs: Attrs): boolean {
  const { window, shape } = pooling(x, attrs);
  const sizes = outputSizes(window, x.slice(1, -1));
  const wide = [window.before, window.after].some((pads) => pads.some((p, i) => p >= window.kernel[i]!));
  return wide || sizes.some((size, i) => size <= 0 || size !== shape[i + 1]);
}

/** Pools in the blocked layout if the shape allows it. */
function slide(b: Builder, op: string, x: LoweredTensor, window: Window, shape: readonly number[]): LoweredTensor {
  const [n, c] = [shape[0]!, shape.at(-1)!];
  const dims = [n, c, ...shape.slice(1, -1)];
  const attributes = windowAttributes(window);
  if (canBlock(b, x.shape)) return fromBlocked(b.imageNode(op, [toBlocked(b, x)], dims, attributes));
  return fromChannelsFirst(b, b.node(op, [toChannelsFirst(b, x)], dims, { attributes }));
}

function pool(name: string, op: 'AveragePool' | 'MaxPool'): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x], attrs) => ({ shape: pooling(x!.shape, attrs).shape, dtype: 'float32' }),
    needsFallback: (inputs, attrs) => notFloat(inputs) || isUnsupported(inputs[0]!.shape, attrs),
    lower: (b, [x], attrs, [out]) => {
      const { window } = pooling(x!.shape, attrs);
      const exact = op === 'AveragePool' && tiles(x!.shape, window);
      return exact ? averageTiles(b, x!, exact) : slide(b, op, x!, window, out!.shape);
    },
  };
}

/** Distributes dy / (window size) over each window. Like all backends of tfjs, it counts the padding as part of the window. */
const averageGradient = (name: string): Kernel => ({
  name,
  inputs: ['dy', 'input'],
  infer: ([, input]) => ({ shape: input!.shape, dtype: 'float32' }),
  needsFallback: notFloat,
  lower: (b, [dy, input], attrs) => {
    const { window } = pooling(input!.shape, attrs);
    const exact = tiles(input!.shape, window);
    if (exact) return repeatTiles(b, scaleBy(b, dy!, 1 / (exact[0] * exact[1])), exact);
    const zeros = window.kernel.map(() => 0);
    const unpadded = { ...window, strides: window.kernel.map(() => 1), before: zeros, after: zeros };
    const spread = insertZeros(b, toPlain(b, dy!), window, input!.shape.slice(1, -1));
    return slide(b, 'AveragePool', b.tensor(spread), unpadded, input!.shape);
  },
});

/** Adds dy to the first of the largest elements of each window. */
const maximumGradient = (name: string): Kernel => ({
  name,
  inputs: ['dy', 'input'],
  infer: ([, input]) => ({ shape: input!.shape, dtype: 'float32' }),
  needsFallback: (inputs, attrs) => notFloat(inputs) || isUnsupported(inputs[1]!.shape, attrs),
  lower: (b, [dy, input], attrs) => {
    const { window } = pooling(input!.shape, attrs);
    const attributes = windowAttributes(window);
    const values = toChannelsFirst(b, dy!);
    const x = toChannelsFirst(b, input!);
    const [, found] = b.multiOutputNode('MaxPool', [x], [values.dims, values.dims], { attributes });
    // A window of NaN has no largest element, and its index is negative.
    const index = b.binary('Max', { ...found!, type: 'int64' }, b.constant('int64', [1], [0]));
    if (window.kernel.every((k, i) => k <= window.strides[i]!)) {
      return fromChannelsFirst(b, b.node('MaxUnpool', [values, index, b.ints(x.dims)], x.dims, { attributes }));
    }
    // The gradients of overlapping windows add up.
    const [from, to] = [[sizeOf(values.dims)], [sizeOf(x.dims)]];
    const sums = b.node(
      'ScatterElements',
      [b.expand(b.floats([0]), to), b.view(index, from), b.view(values, from)],
      to,
      {
        attributes: { axis: 0, reduction: 'add' },
      },
    );
    return fromChannelsFirst(b, b.view(sums, x.dims));
  },
});

export const poolKernels: readonly Kernel[] = [
  pool('AvgPool', 'AveragePool'),
  pool('AvgPool3D', 'AveragePool'),
  pool('MaxPool', 'MaxPool'),
  pool('MaxPool3D', 'MaxPool'),
  averageGradient('AvgPoolGrad'),
  averageGradient('AvgPool3DGrad'),
  maximumGradient('MaxPoolGrad'),
  maximumGradient('MaxPool3DGrad'),
];
