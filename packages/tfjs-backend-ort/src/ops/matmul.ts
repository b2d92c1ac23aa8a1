import type { Builder } from '../lower/builder.js';
import { toPlain } from '../lower/layout.js';
import { type LoweredTensor, sizeOf } from '../lower/lowered-tensor.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import {
  applyActivation,
  applyBias,
  checkOptional,
  FUSED_INPUTS,
  isKnownActivation,
  optionalInputs,
} from './activation.js';
import { broadcastShape } from './binary.js';
import type { Kernel } from './kernel.js';

/** The shape and type of a matrix product over the last two axes. @throws Error if the inner dimensions differ */
export function inferMatMul([a, c]: TensorSpec[], { transposeA, transposeB }: Attrs) {
  const [rows, inner] = transposeA ? [a!.shape.at(-1)!, a!.shape.at(-2)!] : [a!.shape.at(-2)!, a!.shape.at(-1)!];
  const [innerB, columns] = transposeB ? [c!.shape.at(-1)!, c!.shape.at(-2)!] : [c!.shape.at(-2)!, c!.shape.at(-1)!];
  if (inner !== innerB) {
    throw new Error(
      `matMul: inner dimensions differ: [${a!.shape}]${transposeA ? ' transposed' : ''} times ` +
        `[${c!.shape}]${transposeB ? ' transposed' : ''} is ${inner} against ${innerB}.`,
    );
  }
  const batch = broadcastShape('matMul', a!.shape.slice(0, -2), c!.shape.slice(0, -2));
  return { shape: [...batch, rows, columns], dtype: a!.dtype };
}

function product(
  b: Builder,
  [x, y]: LoweredTensor[],
  { transposeA, transposeB }: Attrs,
  shape: readonly number[],
): LoweredTensor {
  if (sizeOf(x!.shape) === 0 || sizeOf(y!.shape) === 0) return { shape, dtype: x!.dtype, fill: 0 };
  return b.tensor(b.matMul(toPlain(b, x!), toPlain(b, y!), !!transposeA, !!transposeB), shape);
}

const batchMatMul: Kernel = {
  name: 'BatchMatMul',
  inputs: ['a', 'b'],
  infer: inferMatMul,
  needsFallback: ([a, c]) => a!.dtype !== c!.dtype || a!.dtype === 'bool',
  lower: (b, inputs, attrs, [out]) => product(b, inputs, attrs, out!.shape),
};

const fusedMatMul: Kernel = {
  name: '_FusedMatMul',
  inputs: ['a', 'b'],
  optional: FUSED_INPUTS,
  infer: (inputs, attrs) => {
    const out = inferMatMul(inputs, attrs);
    checkOptional(inputs, attrs, out.shape);
    return out;
  },
  needsFallback: (inputs, attrs) => inputs.some((x) => x.dtype !== 'float32') || !isKnownActivation(attrs),
  lower: (b, inputs, attrs, [out]) => {
    const { bias, alpha } = optionalInputs(inputs, attrs);
    return applyActivation(b, applyBias(b, product(b, inputs, attrs, out!.shape), bias), attrs, alpha);
  },
};

export const matMulKernels: readonly Kernel[] = [batchMatMul, fusedMatMul];
