import type { Builder } from '../lower/builder.js';
import { addPerChannel, mapBroadcast, mapUnary } from '../lower/elementwise.js';
import type { GraphValue, LoweredTensor } from '../lower/lowered-tensor.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';

type Formula = (b: Builder, x: GraphValue, attrs: Attrs) => GraphValue;

const ACTIVATIONS: Record<string, Formula> = {
  relu: (b, x) => b.unary('Relu', x),
  relu6: (b, x) => b.node('Clip', [x, b.constant('float32', [], [0]), b.constant('float32', [], [6])], x.dims),
  sigmoid: (b, x) => b.unary('Sigmoid', x),
  elu: (b, x) => b.unary('Elu', x),
  leakyrelu: (b, x, { leakyreluAlpha }) =>
    b.unary('LeakyRelu', x, { attributes: { alpha: { float: leakyreluAlpha ?? 0.2 } } }),
};

/** x where it is positive, alpha * x elsewhere. */
export function prelu(b: Builder, [x, alpha]: GraphValue[]): GraphValue {
  const scaled = b.binary('Mul', alpha!, x!);
  return b.node('Where', [b.binary('Less', x!, b.floats([0]), 'bool'), scaled, x!], scaled.dims, { type: 'float32' });
}

/** The optional inputs of a fused kernel. */
export const FUSED_INPUTS = ['bias', 'preluActivationWeights'] as const;

/** The optional inputs that a fused kernel was given. The weights count only for the activation `prelu`. */
export function optionalInputs<T>([, , ...rest]: readonly T[], { given, activation }: Attrs): { bias?: T; alpha?: T } {
  const at = (name: (typeof FUSED_INPUTS)[number]) => (given.includes(name) ? rest[given.indexOf(name)] : undefined);
  return { bias: at('bias'), alpha: activation === 'prelu' ? at('preluActivationWeights') : undefined };
}

/** @throws Error if the bias or the weights do not broadcast to the result */
export function checkOptional(inputs: readonly TensorSpec[], attrs: Attrs, shape: readonly number[]): void {
  for (const [name, input] of Object.entries(optionalInputs(inputs, attrs))) {
    const fits = input?.shape.every((d, i) => d === 1 || d === shape[shape.length - input.shape.length + i]) ?? true;
    if (!fits) throw new Error(`the ${name} [${input!.shape}] does not broadcast to the result [${shape}].`);
  }
}

/** Whether a fused kernel's activation can be lowered. */
export const isKnownActivation = ({ activation }: Attrs) =>
  [undefined, null, 'linear', 'prelu'].includes(activation) || activation in ACTIVATIONS;

/** Adds the bias of a fused kernel to a result. */
export function applyBias(b: Builder, x: LoweredTensor, bias: LoweredTensor | undefined): LoweredTensor {
  if (!bias) return x;
  return mapBroadcast(b, [x, bias], x.shape, ([value, added]) => b.binary('Add', value!, added!), addPerChannel(b));
}

/** Applies the activation of a fused kernel to a result. */
export function applyActivation(
  b: Builder,
  x: LoweredTensor,
  attrs: Attrs,
  alpha: LoweredTensor | undefined,
): LoweredTensor {
  if (alpha) return mapBroadcast(b, [x, alpha], x.shape, (values) => prelu(b, values));
  const formula = ACTIVATIONS[attrs.activation ?? 'linear'];
  return formula ? mapUnary(b, x, (value) => formula(b, value, attrs)) : x;
}
