import { broadcastDims, type Builder } from '../lower/builder.js';
import { addPerChannel, mapBroadcast, mapUnary, scalePerChannel } from '../lower/elementwise.js';
import { fromBlocked, toPlain } from '../lower/layout.js';
import { type GraphValue, type LoweredTensor, sizeOf } from '../lower/lowered-tensor.js';
import type { TensorSpec } from '../tensor-spec.js';
import type { Kernel } from './kernel.js';

type Formula = (b: Builder, x: GraphValue, y: GraphValue) => GraphValue;

const onnx =
  (op: string, type?: 'bool'): Formula =>
  (b, x, y) =>
    b.binary(op, x, y, type ?? x.type);

function where(b: Builder, condition: GraphValue, x: GraphValue, y: GraphValue): GraphValue {
  if (x.type === 'bool') {
    // onnxruntime's Where does not support booleans.
    const otherwise = b.binary('And', b.unary('Not', condition), y);
    return b.binary('Or', b.binary('And', condition, x), otherwise);
  }
  const dims = broadcastDims(broadcastDims(condition.dims, x.dims), y.dims);
  return b.node('Where', [condition, x, y], dims, { type: x.type });
}

const number = (b: Builder, like: GraphValue, value: number) => b.constant(like.type, [1], [value]);
const equals = (b: Builder, x: GraphValue, value: number) => b.binary('Equal', x, number(b, x, value), 'bool');

/** Whether a remainder and the divisor have opposite signs. (ONNX's division truncates, tfjs's floors.) */
function haveOppositeSigns(b: Builder, remainder: GraphValue, y: GraphValue): GraphValue {
  const negative = (value: GraphValue) => b.binary('Less', value, number(b, value, 0), 'bool');
  const differ = b.binary('Xor', negative(remainder), negative(y), 'bool');
  return b.binary('And', differ, b.unary('Not', equals(b, remainder, 0)), 'bool');
}

/** Integer divisors with 1 in place of 0 and -1, because x / 0 and -2^31 / -1 crash the process. */
function safeDivisor(b: Builder, y: GraphValue): GraphValue {
  return where(b, b.binary('Or', equals(b, y, 0), equals(b, y, -1), 'bool'), number(b, y, 1), y);
}

/** Floor of the quotient. Integers are not divided as floats, which have 24 bits. Integers divided by 0 give 0. */
const floorDiv: Formula = (b, x, y) => {
  if (x.type === 'float32') return b.unary('Floor', b.binary('Div', x, y));
  const divisor = safeDivisor(b, y);
  const quotient = b.binary('Div', x, divisor);
  const remainder = b.binary('Sub', x, b.binary('Mul', quotient, divisor));
  const below = b.binary('Sub', quotient, number(b, x, 1));
  const floor = where(b, haveOppositeSigns(b, remainder, divisor), below, quotient);
  return where(b, equals(b, y, 0), number(b, x, 0), where(b, equals(b, y, -1), b.unary('Neg', x), floor));
};

/** The remainder of floorDiv, with the sign of the divisor. It is not derived from the quotient, which is inexact if large. */
const mod: Formula = (b, x, y) => {
  const dims = broadcastDims(x.dims, y.dims);
  if (x.type !== 'float32') return b.node('Mod', [x, safeDivisor(b, y)], dims, { attributes: { fmod: 0 } });
  const remainder = b.node('Mod', [x, y], dims, { attributes: { fmod: 1 } });
  return where(b, haveOppositeSigns(b, remainder, y), b.binary('Add', remainder, y), remainder);
};

/** Angles of the points (x, y). */
const atan2: Formula = (b, y, x) => {
  const angle = b.unary('Atan', b.binary('Div', y, x));
  const upper = b.binary('GreaterOrEqual', y, number(b, y, 0), 'bool');
  const half = where(b, upper, number(b, y, Math.PI), number(b, y, -Math.PI));
  const left = b.binary('Less', x, number(b, x, 0), 'bool');
  const shifted = where(b, left, b.binary('Add', angle, half), angle);
  const origin = b.binary('And', equals(b, x, 0), equals(b, y, 0), 'bool');
  return where(b, origin, number(b, y, 0), shifted);
};

/** Powers of integers are truncated and wrap around like other arithmetic. Negative exponents of 0 give 0. */
const pow: Formula = (b, x, y) => {
  if (x.type === 'float32' || !b.dialect.wideNumbers) return b.binary('Pow', x, y);
  return b.toInt32(b.binary('Pow', b.cast(x, 'float64'), b.cast(y, 'float64')));
};

const arithmetic: Record<string, Formula> = {
  Add: onnx('Add'),
  Sub: onnx('Sub'),
  Multiply: onnx('Mul'),
  RealDiv: onnx('Div'),
  Maximum: onnx('Max'),
  Minimum: onnx('Min'),
  Pow: pow,
  FloorDiv: floorDiv,
  Mod: mod,
  Atan2: atan2,
  SquaredDifference: (b, x, y) => {
    const difference = b.binary('Sub', x, y);
    return b.binary('Mul', difference, difference);
  },
};

const comparison: Record<string, Formula> = {
  Equal: onnx('Equal', 'bool'),
  NotEqual: (b, x, y) => b.unary('Not', b.binary('Equal', x, y, 'bool')),
  Greater: onnx('Greater', 'bool'),
  GreaterEqual: onnx('GreaterOrEqual', 'bool'),
  Less: onnx('Less', 'bool'),
  LessEqual: onnx('LessOrEqual', 'bool'),
  LogicalAnd: onnx('And', 'bool'),
  LogicalOr: onnx('Or', 'bool'),
};

/**
 * The shape of an elementwise operation on two operands.
 *
 * @throws Error if they do not broadcast
 */
export function broadcastShape(name: string, x: readonly number[], y: readonly number[]): number[] {
  const rank = Math.max(x.length, y.length);
  for (let i = 1; i <= rank; i++) {
    const [a, c] = [x.at(-i) ?? 1, y.at(-i) ?? 1];
    if (i <= x.length && i <= y.length && a !== c && a !== 1 && c !== 1) {
      throw new Error(`${name}: shapes [${x}] and [${y}] do not broadcast: ${a} against ${c} on axis -${i}.`);
    }
  }
  return broadcastDims(x, y);
}

/** Whether ONNX supports an operation on booleans: it has neither arithmetic nor an order for them. */
const supportsBooleans = (name: string) => ['Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr'].includes(name);

function binary(name: string, formula: Formula, result: 'same' | 'bool' | 'int32'): Kernel {
  return {
    name,
    inputs: ['a', 'b'],
    infer: ([a, c]) => ({
      shape: broadcastShape(name, a!.shape, c!.shape),
      dtype: result === 'same' ? a!.dtype : result,
    }),
    needsFallback: (inputs: TensorSpec[]) =>
      inputs[0]!.dtype !== inputs[1]!.dtype ||
      (inputs[0]!.dtype === 'bool' && !supportsBooleans(name)) ||
      (inputs[0]!.dtype === 'int32' && (name === 'RealDiv' || name === 'Atan2')),
    lower: (b, inputs, _attrs, [out]) => {
      const perChannel = name === 'Add' ? addPerChannel(b) : name === 'Multiply' ? scalePerChannel(b) : undefined;
      if (name === 'Multiply') {
        // tfjs's gradient of a sum multiplies by a tensor of ones.
        const one = inputs.findIndex((x) => x.fill === 1 && !x.plain);
        const other = inputs[1 - one];
        if (one >= 0 && other && other.shape.join() === out!.shape.join()) return other;
      }
      if (name === 'Add') {
        const fused = addBias(b, inputs[0]!, inputs[1]!) ?? addBias(b, inputs[1]!, inputs[0]!);
        if (fused) return fused;
      }
      const value = mapBroadcast(b, inputs, out!.shape, ([x, y]) => formula(b, x!, y!), perChannel);
      return result === 'int32' && value.dtype === 'float32' ? mapUnary(b, value, (v) => b.toInt32(v), true) : value;
    },
  };
}

/** Lets a convolution that nothing else reads add the bias [C] itself. Null if that is not possible. */
function addBias(b: Builder, x: LoweredTensor, bias: LoweredTensor): LoweredTensor | null {
  if (
    !x.deferred ||
    x.blocked ||
    x.uses !== 1 ||
    sizeOf(bias.shape) !== x.shape[3] ||
    bias.shape.at(-1) !== x.shape[3]
  ) {
    return null;
  }
  return fromBlocked(x.deferred(toPlain(b, bias, [x.shape[3]!])));
}

const addN: Kernel = {
  name: 'AddN',
  infer: (inputs) => ({ shape: inputs[0]!.shape, dtype: inputs[0]!.dtype }),
  needsFallback: (inputs) => inputs.some((x) => x.dtype === 'bool'),
  lower: (b, inputs, _attrs, [out]) =>
    mapBroadcast(b, inputs, out!.shape, (values) => values.reduce((sum, value) => b.binary('Add', sum, value))),
};

const select: Kernel = {
  name: 'Select',
  inputs: ['condition', 't', 'e'],
  infer: ([, t]) => ({ shape: t!.shape, dtype: t!.dtype }),
  lower: (b, [condition, t, e], _attrs, [out]) => {
    // In tfjs a vector condition selects whole rows.
    const rank = out!.shape.length;
    const rows = condition!.shape.length === 1 && rank > 1;
    const chosen: typeof condition = rows
      ? { shape: [out!.shape[0]!, ...Array<number>(rank - 1).fill(1)], dtype: 'bool', plain: undefined }
      : condition!;
    if (rows) chosen!.plain = toPlain(b, condition!, chosen!.shape);
    return mapBroadcast(b, [chosen!, t!, e!], out!.shape, ([c, x, y]) => where(b, b.cast(c!, 'bool'), x!, y!));
  },
};

export const binaryKernels: readonly Kernel[] = [
  ...Object.entries(arithmetic).map(([name, formula]) => binary(name, formula, name === 'FloorDiv' ? 'int32' : 'same')),
  ...Object.entries(comparison).map(([name, formula]) => binary(name, formula, 'bool')),
  addN,
  select,
];
