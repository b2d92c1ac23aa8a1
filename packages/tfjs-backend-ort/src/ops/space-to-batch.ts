import { backend_util } from '@tensorflow/tfjs-core';
import { toPlain } from '../lower/layout.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import type { Kernel } from './kernel.js';

const { getReshaped, getPermuted, getReshapedPermuted, getSliceBeginCoords, getSliceSize } = backend_util;

const blocksToBatch: Kernel = {
  name: 'SpaceToBatchND',
  inputs: ['x'],
  infer: ([x], { blockShape, paddings }) => {
    const padded = x!.shape.map((d, i) => d + (i > 0 ? (paddings[i - 1]?.[0] ?? 0) + (paddings[i - 1]?.[1] ?? 0) : 0));
    return { shape: getReshapedPermuted(padded, blockShape, sizeOf(blockShape), false), dtype: x!.dtype };
  },
  needsFallback: ([x]) => x!.dtype === 'bool' || sizeOf(x!.shape) === 0,
  lower: (b, [x], { blockShape, paddings }, [out]) => {
    const pads = x!.shape.map((_, i) => (i > 0 ? (paddings[i - 1] ?? [0, 0]) : [0, 0]) as number[]);
    const padded = b.pad(
      toPlain(b, x!),
      pads.map((p) => p[0]!),
      pads.map((p) => p[1]!),
    );
    const split = getReshaped([...padded.dims], blockShape, sizeOf(blockShape), false);
    const moved = b.transpose(b.view(padded, split), getPermuted(split.length, blockShape.length, false));
    return b.tensor(b.view(moved, out!.shape));
  },
};

const batchToBlocks: Kernel = {
  name: 'BatchToSpaceND',
  inputs: ['x'],
  infer: ([x], { blockShape, crops }) => {
    const whole = getReshapedPermuted([...x!.shape], blockShape, sizeOf(blockShape));
    const cut = getSliceSize(whole, crops, blockShape.length);
    return { shape: [...cut, ...whole.slice(cut.length)], dtype: x!.dtype };
  },
  needsFallback: ([x]) => sizeOf(x!.shape) === 0,
  lower: (b, [x], { blockShape, crops }, [out]) => {
    const count = sizeOf(blockShape);
    const split = getReshaped([...x!.shape], blockShape, count);
    const moved = b.transpose(toPlain(b, x!, split), getPermuted(split.length, blockShape.length));
    const whole = b.view(moved, getReshapedPermuted([...x!.shape], blockShape, count));
    const begin = getSliceBeginCoords(crops, blockShape.length);
    const cut = out!.shape.reduce((value, size, i) => b.slice(value, i, begin[i] ?? 0, (begin[i] ?? 0) + size), whole);
    return b.tensor(cut);
  },
};

const depthToSpace: Kernel = {
  name: 'DepthToSpace',
  inputs: ['x'],
  infer: ([x], { blockSize }) => {
    const [n, h, w, c] = x!.shape as [number, number, number, number];
    return { shape: [n, h * blockSize, w * blockSize, c / blockSize ** 2], dtype: x!.dtype };
  },
  needsFallback: ([x], { dataFormat }) => dataFormat !== 'NHWC' || sizeOf(x!.shape) === 0,
  lower: (b, [x], { blockSize }, [out]) => {
    const [n, h, w] = x!.shape as [number, number, number];
    const split = toPlain(b, x!, [n, h, w, blockSize, blockSize, out!.shape[3]!]);
    return b.tensor(b.view(b.transpose(split, [0, 1, 3, 2, 4, 5]), out!.shape));
  },
};

export const spaceToBatchKernels: readonly Kernel[] = [blocksToBatch, batchToBlocks, depthToSpace];
