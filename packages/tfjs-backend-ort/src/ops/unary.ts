import type { Builder } from '../lower/builder.js';
import { mapBroadcast, mapUnary } from '../lower/elementwise.js';
import type { GraphValue } from '../lower/lowered-tensor.js';
import { silu } from '../lower/silu.js';
import { cosine, sine } from '../lower/sine.js';
import type { Attrs, NumericType } from '../tensor-spec.js';
import { prelu } from './activation.js';
import { broadcastShape } from './binary.js';
import type { Kernel } from './kernel.js';

type Formula = (b: Builder, x: GraphValue, attrs: Attrs) => GraphValue;

const onnx =
  (op: string): Formula =>
  (b, x) =>
    b.unary(op, x);

/** A constant without dimensions, so that it does not add one to a tensor without dimensions. */
const scalar = (b: Builder, x: GraphValue, value: number) => b.constant(x.type, [], [value]);

const small = (b: Builder, x: GraphValue) => b.binary('Less', b.unary('Abs', x), scalar(b, x, 0.5), 'bool');

const where = (b: Builder, condition: GraphValue, x: GraphValue, y: GraphValue) =>
  b.node('Where', [condition, x, y], condition.dims, { type: x.type });

/** A bound for Clip. In int32 an infinite bound becomes the largest or smallest number. */
const bound = (b: Builder, x: GraphValue, value: number) =>
  b.constant(x.type, [], [x.type === 'int32' ? Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1) : value]);

/** Functions from floats to floats. */
const floatFormulas: Record<string, Formula> = {
  Exp: onnx('Exp'),
  Log: onnx('Log'),
  // Undoes the rounding of 1 + x where it matters: log(u) * x / (u - 1) for u = 1 + x.
  Log1p: (b, x) => {
    const above = b.binary('Add', x, scalar(b, x, 1));
    const rounded = b.binary('Sub', above, scalar(b, x, 1));
    const log = b.unary('Log', above);
    const corrected = b.binary('Div', b.binary('Mul', log, x), rounded);
    const none = b.binary('Equal', rounded, scalar(b, x, 0), 'bool');
    return where(b, small(b, x), where(b, none, x, corrected), log);
  },
  // exp(x) - 1 loses digits near 0; 2t / (1 - t) with t = tanh(x / 2) does not.
  Expm1: (b, x) => {
    const half = b.unary('Tanh', b.binary('Mul', x, scalar(b, x, 0.5)));
    const near = b.binary('Div', b.binary('Add', half, half), b.binary('Sub', scalar(b, x, 1), half));
    return where(b, small(b, x), near, b.binary('Sub', b.unary('Exp', x), scalar(b, x, 1)));
  },
  Sqrt: onnx('Sqrt'),
  Rsqrt: (b, x) => b.unary('Reciprocal', b.unary('Sqrt', x)),
  Reciprocal: onnx('Reciprocal'),
  Sigmoid: onnx('Sigmoid'),
  Tanh: onnx('Tanh'),
  Sin: sine,
  Cos: cosine,
  // In single precision the tangent of large numbers is too inaccurate.
  Tan: (b, x) => {
    const wide = b.cast(x, 'float64');
    return b.cast(b.binary('Div', b.unary('Sin', wide), b.unary('Cos', wide)), 'float32');
  },
  Asin: onnx('Asin'),
  Acos: onnx('Acos'),
  Atan: onnx('Atan'),
  Sinh: onnx('Sinh'),
  Cosh: onnx('Cosh'),
  Asinh: onnx('Asinh'),
  Acosh: onnx('Acosh'),
  Atanh: onnx('Atanh'),
  Erf: onnx('Erf'),
  Softplus: onnx('Softplus'),
  Elu: onnx('Elu'),
  Selu: onnx('Selu'),
  LeakyRelu: (b, x, { alpha }) => b.unary('LeakyRelu', x, { attributes: { alpha: { float: alpha } } }),
  Silu: silu,
};

/**
 * Always computed in row-major order: onnxruntime's vectorized code and its code for the remaining elements differ in the last
 * bit, so an element's result depends on its position.
 */
const PLAIN_ONLY = ['Softplus'];

/** Computed in double precision for integers: results are large, and single precision is off by one in the last place. */
const INTEGERS_IN_DOUBLE = ['Exp'];

/** Functions that are also defined for integers, and keep the type. */
const typePreservingFormulas: Record<string, Formula> = {
  Abs: onnx('Abs'),
  Neg: onnx('Neg'),
  Sign: (b, x) => {
    const sign = b.unary('Sign', x);
    // tfjs returns 0 for NaN.
    if (x.type !== 'float32') return sign;
    return b.node('Where', [b.isNaN(x), scalar(b, x, 0), sign], x.dims, { type: x.type });
  },
  Square: (b, x) => b.binary('Mul', x, x),
  Floor: (b, x) => (x.type === 'float32' ? b.unary('Floor', x) : x),
  Ceil: (b, x) => (x.type === 'float32' ? b.unary('Ceil', x) : x),
  Round: (b, x) => (x.type === 'float32' ? b.unary('Round', x) : x),
  Relu: (b, x) => (x.type === 'float32' ? b.unary('Relu', x) : b.binary('Max', x, scalar(b, x, 0))),
  Relu6: (b, x) => b.node('Clip', [x, b.constant(x.type, [], [0]), b.constant(x.type, [], [6])], x.dims),
  ClipByValue: (b, x, { clipValueMin, clipValueMax }) =>
    b.node('Clip', [x, bound(b, x, clipValueMin), bound(b, x, clipValueMax)], x.dims),
  Step: (b, x, { alpha }) => {
    const rest = scalar(b, x, alpha ?? 0);
    const step = b.node('Where', [b.binary('Greater', x, scalar(b, x, 0), 'bool'), scalar(b, x, 1), rest], x.dims, {
      type: x.type,
    });
    if (x.type !== 'float32') return step;
    return b.node('Where', [b.isNaN(x), x, step], x.dims, { type: x.type });
  },
};

const booleanFormulas: Record<string, Formula> = {
  IsNan: (b, x) => b.isNaN(x),
  IsInf: (b, x) => b.isInfinite(x),
  IsFinite: (b, x) => b.unary('Not', b.binary('Or', b.isNaN(x), b.isInfinite(x), 'bool')),
};

function unary(name: string, formula: Formula, result: 'same' | 'float32' | 'bool'): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x]) => ({ shape: x!.shape, dtype: result === 'same' ? x!.dtype : result }),
    needsFallback: ([x]) => x!.dtype === 'bool' && name !== 'LogicalNot',
    lower: (b, [x], attrs) =>
      mapUnary(
        b,
        x!,
        (value) => {
          if (value.type === 'float32' || result === 'same') return formula(b, value, attrs);
          if (!INTEGERS_IN_DOUBLE.includes(name)) return formula(b, b.cast(value, 'float32'), attrs);
          return b.cast(formula(b, b.cast(value, 'float64'), attrs), 'float32');
        },
        PLAIN_ONLY.includes(name),
      ),
  };
}

const preluKernel: Kernel = {
  name: 'Prelu',
  inputs: ['x', 'alpha'],
  infer: ([x, alpha]) => ({ shape: broadcastShape('Prelu', x!.shape, alpha!.shape), dtype: 'float32' }),
  needsFallback: (inputs) => inputs.some((x) => x.dtype !== 'float32'),
  lower: (b, inputs, _attrs, [out]) => mapBroadcast(b, inputs, out!.shape, (values) => prelu(b, values)),
};

const eluGradient: Kernel = {
  name: 'EluGrad',
  inputs: ['dy', 'y'],
  infer: ([, y]) => ({ shape: y!.shape, dtype: 'float32' }),
  needsFallback: (inputs) => inputs.some((x) => x.dtype !== 'float32'),
  lower: (b, inputs, _attrs, [out]) =>
    mapBroadcast(b, inputs, out!.shape, ([dy, y]) => {
      const falling = b.binary('Mul', dy!, b.binary('Add', y!, b.floats([1])));
      return where(b, b.binary('GreaterOrEqual', y!, b.floats([0]), 'bool'), dy!, falling);
    }),
};

/** Casts one number. */
function castNumber(value: number, dtype: NumericType): number {
  if (dtype === 'bool') return value === 0 ? 0 : 1;
  return dtype === 'int32' ? Math.trunc(value) | 0 : value;
}

const cast: Kernel = {
  name: 'Cast',
  inputs: ['x'],
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  needsFallback: (_inputs, { dtype }) => !['float32', 'int32', 'bool'].includes(dtype),
  lower: (b, [x], { dtype }) => {
    if (x!.dtype === dtype) return x!;
    if (x!.fill !== undefined && !x!.plain) return { shape: x!.shape, dtype, fill: castNumber(x!.fill, dtype) };
    const convert = (value: GraphValue) =>
      dtype === 'int32' && value.type === 'float32' ? b.toInt32(value) : b.cast(value, dtype);
    return mapUnary(b, x!, convert, dtype === 'int32');
  },
};

export const unaryKernels: readonly Kernel[] = [
  ...Object.entries(floatFormulas).map(([name, formula]) => unary(name, formula, 'float32')),
  ...Object.entries(typePreservingFormulas).map(([name, formula]) => unary(name, formula, 'same')),
  ...Object.entries(booleanFormulas).map(([name, formula]) => unary(name, formula, 'bool')),
  {
    ...unary('LogicalNot', (b, x) => b.unary('Not', x), 'same'),
    needsFallback: ([x]) => x!.dtype !== 'bool',
  },
  preluKernel,
  eluGradient,
  cast,
];
