import { toPlain } from '../lower/layout.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import type { Kernel } from './kernel.js';

/** The k largest elements along the last axis, and their indices. Equal elements keep their order. */
const topK: Kernel = {
  name: 'TopK',
  inputs: ['x'],
  infer: ([x], { k }) => {
    const shape = [...x!.shape.slice(0, -1), k];
    return [
      { shape, dtype: x!.dtype },
      { shape, dtype: 'int32' },
    ];
  },
  needsFallback: ([x], { k }) => x!.dtype === 'bool' || x!.shape.length === 0 || sizeOf(x!.shape) === 0 || k === 0,
  lower: (b, [x], { k }, [out]) => {
    const [largest, at] = b.multiOutputNode('TopK', [toPlain(b, x!), b.ints([k])], [out!.shape, out!.shape], {
      attributes: { axis: -1, largest: 1, sorted: 1 },
    });
    return [b.tensor(largest!), b.tensor(b.cast({ ...at!, type: 'int64' }, 'int32'))];
  },
};

export const topKKernels: readonly Kernel[] = [topK];
