import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './json-record.js';

type JsonRecord = Readonly<Record<string, unknown>>;

/** A value that two records have under the same name. Undefined where a record lacks it. */
export interface Difference {
  /** `outer.inner` for a nested value. */
  name: string;
  there: unknown;
  here: unknown;
}

/**
 * Finds the first difference of two records of JSON values.
 *
 * @param mayDiffer whether values of a name may differ
 * @returns null if there is none
 * @internal
 */
export function findDifference(
  before: JsonRecord,
  now: JsonRecord,
  mayDiffer: (name: string, there: unknown, here: unknown) => boolean,
  prefix = '',
): Difference | null {
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const name = prefix + key;
    const [there, here] = [before[key], now[key]];
    if (mayDiffer(name, there, here) || isDeepStrictEqual(there, here)) continue;
    if (!isRecord(there) || !isRecord(here)) return { name, there, here };
    const nested = findDifference(there, here, mayDiffer, `${name}.`);
    if (nested !== null) return nested;
  }
  return null;
}
