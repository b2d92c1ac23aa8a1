import { backend_util } from '@tensorflow/tfjs-core';
import type { Builder } from '../lower/builder.js';
import { NCHWC } from '../lower/builder.js';
import {
  blocked,
  canBlock,
  channelsFirst,
  fromBlocked,
  fromChannelsFirst,
  onlyBlocked,
  plain,
} from '../lower/layout.js';
import { checkWindow, geometryOf, standardSize } from '../lower/conv.js';
import { sizeOf, type Logical } from '../lower/logical.js';
import { defineKernels, type Attrs, type InputSpec, type Kernel } from './kernel.js';

function infoOf(x: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Attrs) {
  const info = backend_util.computePool2DInfo(
    [...x] as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  checkWindow('pool', x, [info.filterHeight, info.filterWidth], info.outShape);
  return info;
}

/** Windows side by side that cover the image exactly: pooling by whole tiles. */
function tiles(x: readonly number[], attrs: Attrs): [number, number] | null {
  const { kernel, strides, pads } = geometryOf(infoOf(x, attrs));
  const exact = x[1]! % kernel[0] === 0 && x[2]! % kernel[1] === 0 && pads.every((p) => p === 0);
  return exact && kernel[0] === strides[0] && kernel[1] === strides[1] ? [kernel[0], kernel[1]] : null;
}

/** Mean over tiles of kh x kw pixels. */
export function tileMean(b: Builder, x: Logical, [kh, kw]: readonly [number, number]): Logical {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  if (canBlock(b, x.shape)) {
    return fromBlocked(
      b.imageNode('AveragePool', [blocked(b, x)], [n, c, h / kh, w / kw], {
        kernel_shape: [kh, kw],
        strides: [kh, kw],
      }),
    );
  }
  const split = plain(b, x, [n, h / kh, kh, w / kw, kw, c]);
  return b.logical(b.reduce('ReduceMean', b.reduce('ReduceMean', split, [2]), [3]));
}

/** Every pixel repeated kh x kw times. */
export function tileRepeat(b: Builder, x: Logical, [kh, kw]: readonly [number, number]): Logical {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  if (b.block === 1) {
    const inputs = [blocked(b, x), null, b.floats([1, 1, kh, kw])];
    const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    return fromBlocked(b.node('Resize', inputs, [n, c, h * kh, w * kw], { attributes }));
  }
  if (canBlock(b, x.shape)) {
    return fromBlocked(
      b.node('Upsample', [blocked(b, x)], [n, c, h * kh, w * kw], {
        domain: NCHWC,
        attributes: { scales: [1, 1, kh, kw], mode: 'nearest' },
      }),
    );
  }
  const spread = b.expand(plain(b, x, [n, h, 1, w, 1, c]), [n, h, kh, w, kw, c]);
  return b.logical(b.view(spread, [n, h * kh, w * kw, c]));
}

/** x times one number, in the layout it is held in. */
export function timesNumber(b: Builder, x: Logical, factor: number): Logical {
  const scale = b.floats([factor]);
  return onlyBlocked(x)
    ? fromBlocked(b.binary('Mul', blocked(b, x), scale))
    : b.logical(b.binary('Mul', plain(b, x), scale));
}

const notFloat = (inputs: InputSpec[]) => inputs.some((x) => x.dtype !== 'float32' || sizeOf(x.shape) === 0);

function pool(name: string, op: string): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x], attrs) => ({ shape: infoOf(x!.shape, attrs).outShape, dtype: 'float32' }),
    unsupported: (inputs, attrs) => {
      if (notFloat(inputs)) return true;
      const info = infoOf(inputs[0]!.shape, attrs);
      const { kernel, pads } = geometryOf(info);
      return !standardSize(info) || pads.some((p, i) => p >= kernel[i % 2]!);
    },
    lower: (b, [x], attrs, [out]) => {
      const exact = tiles(x!.shape, attrs);
      if (exact && op === 'AveragePool') return tileMean(b, x!, exact);
      const { kernel, strides, pads } = geometryOf(infoOf(x!.shape, attrs));
      const [n, h, w, c] = out!.shape as [number, number, number, number];
      const value = b.node(op, [channelsFirst(b, x!)], [n, c, h, w], {
        attributes: { kernel_shape: kernel, strides, pads },
      });
      return fromChannelsFirst(b, value);
    },
  };
}

const avgPoolGrad: Kernel = {
  name: 'AvgPoolGrad',
  inputs: ['dy', 'input'],
  infer: ([, input]) => ({ shape: input!.shape, dtype: 'float32' }),
  unsupported: (inputs, attrs) => notFloat(inputs) || tiles(inputs[1]!.shape, attrs) === null,
  lower: (b, [dy, input], attrs) => {
    const [kh, kw] = tiles(input!.shape, attrs)!;
    return tileRepeat(b, timesNumber(b, dy!, 1 / (kh * kw)), [kh, kw]);
  },
};

/** The whole-number factor by which nearest-neighbour resizing enlarges, or null. */
function enlargement(from: readonly number[], to: readonly number[], { alignCorners }: Attrs): [number, number] | null {
  const [kh, kw] = [to[1]! / from[1]!, to[2]! / from[2]!];
  return !alignCorners && Number.isInteger(kh) && Number.isInteger(kw) ? [kh, kw] : null;
}

const resizedShape = (x: readonly number[], size: readonly number[]) => [x[0]!, size[0]!, size[1]!, x[3]!];

const resizeNearest: Kernel = {
  name: 'ResizeNearestNeighbor',
  inputs: ['images'],
  infer: ([x], { size }) => ({ shape: resizedShape(x!.shape, size), dtype: 'float32' }),
  unsupported: (inputs, attrs) =>
    notFloat(inputs) || enlargement(inputs[0]!.shape, resizedShape(inputs[0]!.shape, attrs.size), attrs) === null,
  lower: (b, [x], attrs, [out]) => tileRepeat(b, x!, enlargement(x!.shape, out!.shape, attrs)!),
};

const resizeNearestGrad: Kernel = {
  name: 'ResizeNearestNeighborGrad',
  inputs: ['images', 'dy'],
  infer: ([images]) => ({ shape: images!.shape, dtype: 'float32' }),
  unsupported: ([images, dy], attrs) =>
    notFloat([images!, dy!]) || enlargement(images!.shape, dy!.shape, attrs) === null,
  lower: (b, [images, dy], attrs) => {
    const factor = enlargement(images!.shape, dy!.shape, attrs)!;
    return timesNumber(b, tileMean(b, dy!, factor), factor[0] * factor[1]);
  },
};

defineKernels(
  pool('AvgPool', 'AveragePool'),
  pool('MaxPool', 'MaxPool'),
  avgPoolGrad,
  resizeNearest,
  resizeNearestGrad,
);
