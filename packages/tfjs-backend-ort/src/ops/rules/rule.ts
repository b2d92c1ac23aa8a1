import type { Attrs, TensorSpec } from '../../tensor-spec.js';

/** Describes what is wrong with the inputs and attributes of a kernel. Null if nothing is. */
export type Rule = (inputs: TensorSpec[], attrs: Attrs) => string | null;

export const isWhole = (value: unknown, least = 0): value is number =>
  Number.isInteger(value) && (value as number) >= least;
export const areWhole = (values: unknown, least = 0) =>
  Array.isArray(values) && values.every((value) => isWhole(value, least));
export const isSameShape = (x: readonly number[], y: readonly number[]) =>
  x.length === y.length && x.every((d, i) => d === y[i]);

/** Applies several rules and returns the first violation. */
export const firstViolation =
  (...rules: Rule[]): Rule =>
  (inputs, attrs) => {
    for (const rule of rules) {
      const violation = rule(inputs, attrs);
      if (violation !== null) return violation;
    }
    return null;
  };

/** Requires these ranks of the first inputs. */
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

export const sameSpecs: Rule = ([first, ...rest]) =>
  rest.every(({ shape, dtype }) => dtype === first!.dtype && isSameShape(shape, first!.shape))
    ? null
    : 'all inputs must have the same shape and type';

export const sameTypes: Rule = (inputs) =>
  inputs.every(({ dtype }) => dtype === inputs[0]!.dtype) ? null : 'all inputs must have the same type';

export const checkAxis = (axis: unknown, rank: number) =>
  Number.isInteger(axis) && (axis as number) >= -rank && (axis as number) < rank
    ? null
    : `there is no axis ${String(axis)}`;

/** Requires axes of the first input: one, several, or none for all. `names` are the attributes that may contain them. */
export const axes =
  (...names: string[]): Rule =>
  ([x], attrs) => {
    const given = names.map((name) => attrs[name] as unknown).find((value) => value !== undefined && value !== null);
    const violations = [given ?? []].flat().map((axis) => checkAxis(axis, x!.shape.length));
    return violations.find((violation) => violation !== null) ?? null;
  };

/** Requires a single axis of the first input. */
export const axis =
  (name: string): Rule =>
  ([x], attrs) =>
    checkAxis(attrs[name], x!.shape.length);

export const broadcastsTo = (from: readonly number[], to: readonly number[]) =>
  from.length <= to.length && from.every((d, i) => d === 1 || d === to[to.length - from.length + i]);

export const arePositive = (value: unknown) => areWhole([value].flat(), 1);

export const sameShapes: Rule = ([x, y]) => (isSameShape(x!.shape, y!.shape) ? null : 'dy must have the shape of x');

export const booleans: Rule = (inputs) => (inputs.every((x) => x.dtype === 'bool') ? null : 'the inputs must be bool');
