import { addPerChannel, mapBroadcast } from '../lower/elementwise.js';
import type { Builder } from '../lower/builder.js';
import { plain } from '../lower/layout.js';
import { sizeOf, type GraphValue, type Logical } from '../lower/logical.js';
import { broadcastShape } from './binary.js';
import { defineKernels, type Attrs, type InputSpec, type Kernel } from './kernel.js';

function inferMatMul([a, c]: InputSpec[], { transposeA, transposeB }: Attrs) {
  const [rows, inner] = transposeA ? [a!.shape.at(-1)!, a!.shape.at(-2)!] : [a!.shape.at(-2)!, a!.shape.at(-1)!];
  const [innerB, columns] = transposeB ? [c!.shape.at(-1)!, c!.shape.at(-2)!] : [c!.shape.at(-2)!, c!.shape.at(-1)!];
  if (inner !== innerB) {
    throw new Error(
      `matMul: inner dimensions differ: [${a!.shape}]${transposeA ? ' transposed' : ''} times ` +
        `[${c!.shape}]${transposeB ? ' transposed' : ''} is ${inner} against ${innerB}.`,
    );
  }
  const batch = broadcastShape('matMul', a!.shape.slice(0, -2), c!.shape.slice(0, -2));
  return { shape: [...batch, rows, columns], dtype: 'float32' as const };
}

function product(b: Builder, [x, y]: Logical[], { transposeA, transposeB }: Attrs, shape: readonly number[]): Logical {
  if (sizeOf(x!.shape) === 0 || sizeOf(y!.shape) === 0) return { shape, dtype: 'float32', fill: 0 };
  const value = b.matMul(b.cast(plain(b, x!), 'float32'), b.cast(plain(b, y!), 'float32'), !!transposeA, !!transposeB);
  return b.logical(value, shape);
}

const batchMatMul: Kernel = {
  name: 'BatchMatMul',
  inputs: ['a', 'b'],
  infer: inferMatMul,
  unsupported: (inputs) => inputs.some((x) => x.dtype !== 'float32'),
  lower: (b, inputs, attrs, [out]) => product(b, inputs, attrs, out!.shape),
};

const ACTIVATIONS: Record<string, (b: Builder, x: GraphValue, attrs: Attrs) => GraphValue> = {
  linear: (_b, x) => x,
  relu: (b, x) => b.unary('Relu', x),
  relu6: (b, x) => b.node('Clip', [x, b.constant('float32', [], [0]), b.constant('float32', [], [6])], x.dims),
  sigmoid: (b, x) => b.unary('Sigmoid', x),
  elu: (b, x) => b.unary('Elu', x),
  leakyrelu: (b, x, { leakyreluAlpha }) =>
    b.unary('LeakyRelu', x, { attributes: { alpha: { float: leakyreluAlpha ?? 0.2 } } }),
};

/** Whether a fused kernel's activation can be lowered. */
export const knowsActivation = ({ activation }: Attrs) => (activation ?? 'linear') in ACTIVATIONS;

/** Applies a fused kernel's activation. */
export function activate(b: Builder, x: GraphValue, attrs: Attrs): GraphValue {
  return ACTIVATIONS[attrs.activation ?? 'linear']!(b, x, attrs);
}

const fusedMatMul: Kernel = {
  name: '_FusedMatMul',
  inputs: ['a', 'b', 'bias'],
  infer: (inputs, attrs) => inferMatMul(inputs, attrs),
  unsupported: (inputs, attrs) => inputs.some((x) => x.dtype !== 'float32') || !knowsActivation(attrs),
  lower: (b, inputs, attrs, [out]) => {
    let result = product(b, inputs, attrs, out!.shape);
    const bias = inputs[2];
    if (bias)
      result = mapBroadcast(b, [result, bias], out!.shape, ([x, y]) => b.binary('Add', x!, y!), addPerChannel(b));
    return b.logical(activate(b, plain(b, result), attrs), out!.shape);
  },
};

defineKernels(batchMatMul, fusedMatMul);
