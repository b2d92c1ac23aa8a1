import type { Check } from './option-checks.js';

/** The spelling of an option on a command line, where it differs from its name in kebab case. */
export interface OptionFlag {
  /** Published name without the dashes: `ema` for `--ema`. */
  name?: string;
  /** Published letter in addition: `q` for `-q`. */
  short?: string;
  /** Placeholder of the value, such as `sigma`. */
  placeholder?: string;
  /**
   * The option's value is this many times the typed one: 1000 for an option in kimg that is typed in million
   * images.
   */
  scale?: number;
  /** Unit of the typed value, for help. */
  unit?: string;
  /** Published value that stands for null. So does any other number that is not above 0. */
  off?: number;
  /** Whether the value may be the name of a text file with it. */
  isFile?: boolean;
}

/** Everything about an option. Flags, help, validation and documentation come from it. */
export interface OptionRow<T> {
  /** Value if none is given. */
  default: T;
  /** Which other values are allowed. */
  check: Check<NonNullable<T>>;
  /** Description, in one line that starts in lower case. */
  help: string;
  /** What null means, for help: `no bound`. Null is allowed if this is stated, or if it is the default. */
  unset?: string;
  /** Default on a command line for a generator that was trained before. */
  continued?: T;
  /** Spelling on a command line; false for an option that only programs can set. */
  flag?: OptionFlag | false;
}

/** A method's options: one row each. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- rows of different types stand in one table
export type OptionTable = Readonly<Record<string, OptionRow<any>>>;

/** The options that a table describes. */
export type OptionsOf<T extends OptionTable> = { [K in keyof T]: T[K] extends OptionRow<infer V> ? V : never };

/** Declares a row; the type of its values follows from the default and the check. */
export function option<T>(row: OptionRow<T>): OptionRow<T> {
  return row;
}

/**
 * Completes options with the defaults of their table. An option that is undefined has its default, too.
 *
 * @throws RangeError naming the first option that is unknown or not allowed, and what is
 */
export function settleOptions<T extends OptionTable>(table: T, given: Partial<OptionsOf<T>>): OptionsOf<T> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) {
    throw new RangeError(`There is no option ${unknown}. There are ${Object.keys(table).join(', ')}.`);
  }
  const entries = Object.entries(table).map(([name, row]) => {
    const value: unknown = given[name] === undefined ? row.default : given[name];
    if (value === null && (row.default === null || row.unset !== undefined)) return [name, null] as const;
    if (!row.check.accepts(value)) {
      throw new RangeError(`${name} must be ${row.check.expected}, not ${show(value)}.`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as OptionsOf<T>;
}

/**
 * A table's defaults.
 *
 * @internal
 */
export function defaultsOf<T extends OptionTable>(table: T): OptionsOf<T> {
  return Object.fromEntries(Object.entries(table).map(([name, row]) => [name, row.default])) as OptionsOf<T>;
}

function show(value: unknown): string {
  return typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : String(value);
}
