import type { ClassProbabilities } from '../conditions/training-labels.js';

/** The allowed values of an option, as values from a program and as text from a command line. */
export interface Check<T> {
  /** The end of "must be ...": `a number above 0`. */
  readonly expected: string;
  /** Placeholder of the value in a usage line: `n` gives `<n>`. */
  readonly placeholder: string;
  /** The allowed values, where they are a short list of names. */
  readonly choices?: readonly string[];
  /** Whether a value from a program is allowed. */
  accepts(value: unknown): boolean;
  /**
   * Reads a value from text.
   *
   * @returns the value, or undefined if the text is not an allowed one
   */
  parse(text: string): T | undefined;
}

/** Bounds of {@link number}. */
export interface NumberBounds {
  /** Smallest allowed number. */
  min?: number;
  /** Largest allowed number. */
  max?: number;
  /** Numbers must be larger than this. */
  above?: number;
  /** Numbers must be smaller than this. */
  below?: number;
}

/** A finite number within bounds. */
export function number({ min, max, above, below }: NumberBounds = {}): Check<number> {
  const bounds = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(min === undefined ? [] : [`of at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  const accepts = (value: unknown) =>
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= (min ?? -Infinity) &&
    value <= (max ?? Infinity) &&
    value > (above ?? -Infinity) &&
    value < (below ?? Infinity);
  return {
    expected: ['a number', bounds.join(' and ')].filter((part) => part !== '').join(' '),
    placeholder: 'n',
    accepts,
    parse: (text) => acceptedNumber(text, accepts),
  };
}

/** A whole number within bounds. */
export function integer({ min = 0, max = 2 ** 31 - 1 }: Pick<NumberBounds, 'min' | 'max'> = {}): Check<number> {
  const accepts = (value: unknown) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  return {
    expected: `a whole number from ${min} to ${max}`,
    placeholder: 'n',
    accepts,
    parse: (text) => (/^[+-]?\d+$/.test(text.trim()) ? acceptedNumber(text, accepts) : undefined),
  };
}

/** `true` or `false`; as text also 1/0, yes/no and on/off, in any case, as in the published scripts. */
export function boolean(): Check<boolean> {
  return {
    expected: '1 or 0 (or true or false)',
    placeholder: 'bool',
    accepts: (value) => typeof value === 'boolean',
    parse(text) {
      if (/^(1|true|t|yes|y|on)$/i.test(text)) return true;
      return /^(0|false|f|no|n|off)$/i.test(text) ? false : undefined;
    },
  };
}

/** One of the names of a table, such as a solver's. */
export function oneOf<K extends string>(table: Readonly<Record<K, unknown>>): Check<K> {
  const choices = Object.keys(table);
  const accepts = (value: unknown) => choices.includes(value as string);
  return {
    expected: `one of ${choices.join(', ')}`,
    placeholder: 'name',
    choices,
    accepts,
    parse: (text) => (accepts(text) ? (text as K) : undefined),
  };
}

/** A list of numbers within bounds; as text with commas, `0.5,1,2`. */
export function numberList(bounds: NumberBounds = {}): Check<readonly number[]> {
  const each = number(bounds);
  const accepts = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(each.accepts);
  return {
    expected: `a list of numbers such as 0.5,1,2${each.expected === 'a number' ? '' : `, each ${each.expected}`}`,
    placeholder: 'list',
    accepts,
    parse(text) {
      const values = text.split(',').map((part) => each.parse(part));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** One number within bounds, or several different ones; as text with commas, `0.5` or `0.5,0.1`. */
export function numbers(bounds: NumberBounds = {}): Check<number | readonly number[]> {
  const [one, list] = [number(bounds), numberList(bounds)];
  const accepts = (value: unknown) =>
    one.accepts(value) || (list.accepts(value) && new Set(value as number[]).size === (value as number[]).length);
  return {
    expected: `${one.expected}, or several different ones such as 0.5,0.1`,
    placeholder: 'n',
    accepts,
    parse(text) {
      const values = one.parse(text) ?? list.parse(text);
      return accepts(values) ? values : undefined;
    },
  };
}

/** Probabilities of classes, up to a common factor, or `uniform`. */
export function classProbabilities(): Check<ClassProbabilities> {
  const list = numberList({ min: 0 });
  const isUniform = (value: unknown) => value === 'uniform';
  return {
    expected: 'uniform, or one number from 0 per class, such as 0.1,0.9',
    placeholder: 'list',
    accepts: (value) => isUniform(value) || list.accepts(value),
    parse: (text) => (isUniform(text.trim()) ? 'uniform' : list.parse(text)),
  };
}

/** Any text, on one line. */
export function text(): Check<string> {
  const accepts = (value: unknown) => typeof value === 'string' && !/[\r\n]/.test(value);
  return {
    expected: 'a text on one line',
    placeholder: 'text',
    accepts,
    parse: (typed) => (accepts(typed) ? typed : undefined),
  };
}

/** A function. It cannot be typed on a command line. */
export function callback<F>(expected: string): Check<F> {
  return {
    expected,
    placeholder: 'function',
    accepts: (value) => typeof value === 'function',
    parse: () => undefined,
  };
}

function acceptedNumber(text: string, accepts: (value: unknown) => boolean): number | undefined {
  const value = text.trim() === '' ? NaN : Number(text);
  return accepts(value) ? value : undefined;
}
