import { backend_util, type Tensor } from '@tensorflow/tfjs-core';
import { toPlain } from '../lower/layout.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import type { Kernel } from './kernel.js';

const einsum: Kernel = {
  name: 'Einsum',
  infer: (inputs, { equation }) => {
    const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(equation, inputs.length);
    const ranks = idDims.findIndex((dims, i) => dims.length !== inputs[i]!.shape.length);
    if (ranks >= 0) throw new Error(`einsum: '${equation}' is not for operand ${ranks}, [${inputs[ranks]!.shape}].`);
    backend_util.checkEinsumDimSizes(allDims.length, idDims, inputs as unknown as Tensor[]);
    const sizes = allDims.map((_, dim) => {
      const operand = idDims.findIndex((dims) => dims.includes(dim));
      return inputs[operand]!.shape[idDims[operand]!.indexOf(dim)]!;
    });
    // tfjs lists the dimensions of the result first.
    return { shape: sizes.slice(0, sizes.length - summedDims.length), dtype: 'float32' };
  },
  needsFallback: (inputs) => inputs.some((x) => x.dtype !== 'float32' || sizeOf(x.shape) === 0),
  lower: (b, inputs, { equation }, [out]) =>
    b.tensor(
      b.node(
        'Einsum',
        inputs.map((x) => toPlain(b, x)),
        out!.shape,
        { attributes: { equation } },
      ),
    ),
};

export const einsumKernels: readonly Kernel[] = [einsum];
