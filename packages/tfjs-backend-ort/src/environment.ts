/**
 * Reads an environment variable that switches something on.
 *
 * @returns whether it is 1; false if it is 0, empty or not set
 * @throws RangeError if it is something else
 */
export function readSwitch(name: string): boolean {
  return readChoice(name, ['0', '1'], '0') === '1';
}

/**
 * Reads an environment variable that is one of some words.
 *
 * @param fallback its value if it is empty or not set
 * @throws RangeError that lists the words, if it is something else
 */
export function readChoice<T extends string>(name: string, words: readonly T[], fallback: T): T {
  const value = process.env[name];
  if (value === undefined || value === '') return fallback;
  if (!words.includes(value as T)) {
    throw new RangeError(`${name} is '${value}', expected ${words.map((word) => `'${word}'`).join(' or ')}.`);
  }
  return value as T;
}
