import { addPerChannel, mapBroadcast, scalePerChannel } from '../lower/elementwise.js';
import { fromBlocked, plain } from '../lower/layout.js';
import { broadcastDims, type Builder } from '../lower/builder.js';
import { sizeOf, type GraphValue, type Logical } from '../lower/logical.js';
import { defineKernels, type InputSpec, type Kernel } from './kernel.js';

type Rule = (b: Builder, x: GraphValue, y: GraphValue) => GraphValue;

const onnx =
  (op: string, type?: 'bool'): Rule =>
  (b, x, y) =>
    b.binary(op, x, y, type ?? x.type);

/** Floor of the quotient, computed in floats for whole numbers as well (ONNX's integer Div truncates). */
const floorDiv: Rule = (b, x, y) => {
  const quotient = b.unary('Floor', b.binary('Div', b.cast(x, 'float32'), b.cast(y, 'float32')));
  return b.cast(quotient, x.type);
};

const arithmetic: Record<string, Rule> = {
  Add: onnx('Add'),
  Sub: onnx('Sub'),
  Multiply: onnx('Mul'),
  RealDiv: onnx('Div'),
  Maximum: onnx('Max'),
  Minimum: onnx('Min'),
  Pow: onnx('Pow'),
  FloorDiv: floorDiv,
  Mod: (b, x, y) => b.binary('Sub', x, b.binary('Mul', floorDiv(b, x, y), y)),
  SquaredDifference: (b, x, y) => {
    const difference = b.binary('Sub', x, y);
    return b.binary('Mul', difference, difference);
  },
};

const comparison: Record<string, Rule> = {
  Equal: onnx('Equal', 'bool'),
  NotEqual: (b, x, y) => b.unary('Not', b.binary('Equal', x, y, 'bool')),
  Greater: onnx('Greater', 'bool'),
  GreaterEqual: onnx('GreaterOrEqual', 'bool'),
  Less: onnx('Less', 'bool'),
  LessEqual: onnx('LessOrEqual', 'bool'),
  LogicalAnd: onnx('And', 'bool'),
  LogicalOr: onnx('Or', 'bool'),
};

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

/** ONNX compares no booleans but for equality, and does no arithmetic on them. */
const onBooleans = (name: string) => ['Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr'].includes(name);

function binary(name: string, rule: Rule, result: 'same' | 'bool'): Kernel {
  return {
    name,
    inputs: ['a', 'b'],
    infer: ([a, c]) => ({
      shape: broadcastShape(name, a!.shape, c!.shape),
      dtype: result === 'same' ? a!.dtype : 'bool',
    }),
    unsupported: (inputs: InputSpec[]) =>
      inputs[0]!.dtype !== inputs[1]!.dtype ||
      (inputs[0]!.dtype === 'bool' && !onBooleans(name)) ||
      (inputs[0]!.dtype === 'int32' && name === 'RealDiv'),
    lower: (b, inputs, _attrs, [out]) => {
      const perChannel = name === 'Add' ? addPerChannel(b) : name === 'Multiply' ? scalePerChannel(b) : undefined;
      if (name === 'Multiply') {
        // tfjs's gradients of sums multiply by a tensor of ones.
        const one = inputs.findIndex((x) => x.fill === 1 && !x.plain);
        const other = inputs[1 - one];
        if (one >= 0 && other && other.shape.join() === out!.shape.join()) return other;
      }
      if (name === 'Add') {
        const fused = addBias(b, inputs[0]!, inputs[1]!) ?? addBias(b, inputs[1]!, inputs[0]!);
        if (fused) return fused;
      }
      return mapBroadcast(b, inputs, out!.shape, ([x, y]) => rule(b, x!, y!), perChannel);
    },
  };
}

/** A bias [C] added to a convolution that nothing else reads. */
function addBias(b: Builder, x: Logical, bias: Logical): Logical | null {
  if (
    !x.deferred ||
    x.blocked ||
    x.uses !== 1 ||
    sizeOf(bias.shape) !== x.shape[3] ||
    bias.shape.at(-1) !== x.shape[3]
  ) {
    return null;
  }
  return fromBlocked(x.deferred(plain(b, bias, [x.shape[3]!])));
}

const addN: Kernel = {
  name: 'AddN',
  infer: (inputs) => ({ shape: inputs[0]!.shape, dtype: inputs[0]!.dtype }),
  unsupported: (inputs) => inputs.some((x) => x.dtype === 'bool'),
  lower: (b, inputs, _attrs, [out]) =>
    mapBroadcast(b, inputs, out!.shape, (values) => values.reduce((sum, value) => b.binary('Add', sum, value))),
};

const select: Kernel = {
  name: 'Select',
  inputs: ['condition', 't', 'e'],
  infer: ([, t]) => ({ shape: t!.shape, dtype: t!.dtype }),
  lower: (b, [condition, t, e], _attrs, [out]) => {
    // tfjs lets a vector condition choose whole rows.
    const rank = out!.shape.length;
    const rows = condition!.shape.length === 1 && rank > 1;
    const where: typeof condition = rows
      ? { shape: [out!.shape[0]!, ...Array<number>(rank - 1).fill(1)], dtype: 'bool', plain: undefined }
      : condition!;
    if (rows) where!.plain = plain(b, condition!, where!.shape);
    return mapBroadcast(b, [where!, t!, e!], out!.shape, ([c, x, y]) =>
      b.node('Where', [b.cast(c!, 'bool'), x!, y!], broadcastDims(broadcastDims(c!.dims, x!.dims), y!.dims), {
        type: x!.type,
      }),
    );
  },
};

defineKernels(
  ...Object.entries(arithmetic).map(([name, rule]) => binary(name, rule, 'same')),
  ...Object.entries(comparison).map(([name, rule]) => binary(name, rule, 'bool')),
  addN,
  select,
);
