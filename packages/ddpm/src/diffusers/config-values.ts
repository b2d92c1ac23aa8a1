/** Thrown where a configuration asks for something that this package does not compute. The message names it. */
export class NotSupported extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'NotSupported';
  }
}

/** A JSON object of a configuration. */
export type Config = Readonly<Record<string, unknown>>;

/**
 * Reads a whole number.
 *
 * @param fallback value of a key that is missing
 * @throws if it is another value
 */
export function readCount(config: Config, key: string, fallback?: number): number {
  const value = config[key] ?? fallback;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Error(`${key} must be a whole number, ${describe(value)}.`);
}

/** Reads a number. @throws if it is another value */
export function readNumber(config: Config, key: string, fallback: number): number {
  const value = config[key] ?? fallback;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error(`${key} must be a number, ${describe(value)}.`);
}

/** Reads a list. @throws if it is another value, or one of its values is not of the type */
export function readList<T extends 'string' | 'number'>(
  config: Config,
  key: string,
  type: T,
): (T extends 'string' ? string : number)[] {
  const value = config[key];
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === type)) return value;
  throw new Error(`${key} must be a list of ${type}s, ${describe(value)}.`);
}

function describe(value: unknown): string {
  return value === undefined ? 'and is missing' : `not ${JSON.stringify(value)}`;
}
