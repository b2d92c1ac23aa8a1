import type { Attrs, TensorSpec } from '../../tensor-spec.js';

/** What is wrong with the inputs and attributes of a kernel, or null. */
export type Rule = (inputs: TensorSpec[], attrs: Attrs) => string | null;

export const whole = (value: unknown, least = 0): value is number =>
  Number.isInteger(value) && (value as number) >= least;
export const wholes = (values: unknown, least = 0) =>
  Array.isArray(values) && values.every((value) => whole(value, least));
export const same = (x: readonly number[], y: readonly number[]) =>
  x.length === y.length && x.every((d, i) => d === y[i]);

export const firstWrong =
  (...rules: Rule[]): Rule =>
  (inputs, attrs) => {
    for (const rule of rules) {
      const wrong = rule(inputs, attrs);
      if (wrong !== null) return wrong;
    }
    return null;
  };

/** The first inputs have these ranks. */
export const ranks =
  (...wanted: number[]): Rule =>
  (inputs) => {
    const bad = wanted.findIndex((rank, i) => inputs[i]!.shape.length !== rank);
    return bad < 0 ? null : `input ${bad + 1} must have rank ${wanted[bad]}`;
  };

export const floats: Rule = (inputs) =>
  inputs.every(({ dtype }) => dtype === 'float32')
    ? null
    : `all inputs must be float32, got ${inputs.map((x) => x.dtype).join(', ')}`;

export const alike: Rule = ([first, ...rest]) =>
  rest.every(({ shape, dtype }) => dtype === first!.dtype && same(shape, first!.shape))
    ? null
    : 'all inputs must have one shape and type';

export const oneType: Rule = (inputs) =>
  inputs.every(({ dtype }) => dtype === inputs[0]!.dtype) ? null : 'all inputs must have one type';

export const axisOf = (axis: unknown, rank: number) =>
  Number.isInteger(axis) && (axis as number) >= -rank && (axis as number) < rank
    ? null
    : `there is no axis ${String(axis)}`;

/** Axes of the first input: a number, several, or all. */
export const axes =
  (...names: string[]): Rule =>
  ([x], attrs) => {
    const given = names.map((name) => attrs[name] as unknown).find((value) => value !== undefined && value !== null);
    const bad = [given ?? []].flat().map((axis) => axisOf(axis, x!.shape.length));
    return bad.find((wrong) => wrong !== null) ?? null;
  };

/** A single axis that has to be given. */
export const axis =
  (name: string): Rule =>
  ([x], attrs) =>
    axisOf(attrs[name], x!.shape.length);

export const broadcasts = (from: readonly number[], to: readonly number[]) =>
  from.length <= to.length && from.every((d, i) => d === 1 || d === to[to.length - from.length + i]);

export const sizes = (value: unknown) => wholes([value].flat(), 1);

export const sameShapes: Rule = ([x, y]) => (same(x!.shape, y!.shape) ? null : 'dy must have the shape of x');

export const truths: Rule = (inputs) => (inputs.every((x) => x.dtype === 'bool') ? null : 'the inputs must be bool');
