import { backend_util, type Tensor } from '@tensorflow/tfjs-core';
import type { Builder } from '../lower/builder.js';
import { canBlock, fromBlocked, isOnlyBlocked, toBlocked, toPlain } from '../lower/layout.js';
import { type LoweredTensor, sizeOf } from '../lower/lowered-tensor.js';
import type { TensorSpec } from '../tensor-spec.js';
import type { Kernel } from './kernel.js';
import { axesOf } from './reduce.js';

/** Slices whole blocks of channels in the blocked layout. Null if that is not possible. */
export function sliceBlocked(
  b: Builder,
  x: LoweredTensor,
  begin: readonly number[],
  size: readonly number[],
): LoweredTensor | null {
  if (!isOnlyBlocked(x) || !canBlock(b, size)) return null;
  if ([0, 1, 2].some((i) => size[i] !== x.shape[i]) || begin[3]! % b.block !== 0) return null;
  return fromBlocked(b.slice(toBlocked(b, x), 1, begin[3]!, begin[3]! + size[3]!));
}

const concat: Kernel = {
  name: 'Concat',
  infer: (inputs, { axis }) => {
    const [at] = axesOf(axis, inputs[0]!.shape.length) as [number];
    for (const { shape } of inputs) {
      if (shape.length !== inputs[0]!.shape.length || shape.some((d, i) => i !== at && d !== inputs[0]!.shape[i])) {
        throw new Error(
          `Concat: shapes ${inputs.map((x) => `[${x.shape}]`).join(', ')} differ on an axis other than ${at}.`,
        );
      }
    }
    const total = inputs.reduce((sum, x) => sum + x.shape[at]!, 0);
    return { shape: inputs[0]!.shape.map((d, i) => (i === at ? total : d)), dtype: inputs[0]!.dtype };
  },
  lower: (b, inputs, { axis }, [out]) => {
    const [at] = axesOf(axis, out!.shape.length) as [number];
    const parts = inputs.filter((x) => sizeOf(x.shape) > 0);
    if (parts.length === 0) return inputs[0]!;
    if (at === 3 && parts.every((x) => canBlock(b, x.shape)) && parts.some(isOnlyBlocked)) {
      return fromBlocked(
        b.concat(
          parts.map((x) => toBlocked(b, x)),
          1,
        ),
      );
    }
    return b.tensor(
      b.concat(
        parts.map((x) => toPlain(b, x)),
        at,
      ),
      out!.shape,
    );
  },
};

const split: Kernel = {
  name: 'SplitV',
  inputs: ['x'],
  infer: ([x], { numOrSizeSplits, axis }) => {
    const [at] = axesOf(axis, x!.shape.length) as [number];
    const like = { shape: [...x!.shape] } as Tensor;
    const sizes = backend_util.prepareSplitSize(like, numOrSizeSplits, at);
    return sizes.map((d) => ({ shape: x!.shape.map((s, i) => (i === at ? d : s)), dtype: x!.dtype }));
  },
  lower: (b, [x], { axis }, outputs) => {
    const [at] = axesOf(axis, x!.shape.length) as [number];
    let begin = 0;
    return outputs.map((out) => {
      const starts = x!.shape.map((_, i) => (i === at ? begin : 0));
      begin += out.shape[at]!;
      return (
        sliceBlocked(b, x!, starts, out.shape) ?? b.tensor(b.slice(toPlain(b, x!), at, starts[at]!, begin), out.shape)
      );
    });
  },
};

const pack: Kernel = {
  name: 'Pack',
  infer: (inputs, { axis }) => {
    const [first] = inputs as [TensorSpec];
    for (const { shape, dtype } of inputs) {
      if (dtype !== first.dtype || shape.join() !== first.shape.join()) {
        throw new Error(`stack: ${inputs.map((x) => `${x.dtype} [${x.shape}]`).join(', ')} differ in shape or type.`);
      }
    }
    const shape = [...first.shape];
    shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, inputs.length);
    return { shape, dtype: inputs[0]!.dtype };
  },
  lower: (b, inputs, { axis }, [out]) => {
    const at = axis < 0 ? axis + out!.shape.length : axis;
    const single = out!.shape.map((d, i) => (i === at ? 1 : d));
    return b.tensor(
      b.concat(
        inputs.map((x) => toPlain(b, x, single)),
        at,
      ),
      out!.shape,
    );
  },
};

const unpack: Kernel = {
  name: 'Unpack',
  inputs: ['value'],
  infer: ([x], { axis }) => {
    const at = axis < 0 ? axis + x!.shape.length : axis;
    const shape = x!.shape.filter((_, i) => i !== at);
    return Array.from({ length: x!.shape[at]! }, () => ({ shape, dtype: x!.dtype }));
  },
  lower: (b, [x], { axis }, outputs) => {
    const at = axis < 0 ? axis + x!.shape.length : axis;
    return outputs.map((out, i) => ({
      shape: out.shape,
      dtype: out.dtype,
      plain: b.slice(toPlain(b, x!), at, i, i + 1),
    }));
  },
};

export const joiningKernels: readonly Kernel[] = [concat, split, pack, unpack];
