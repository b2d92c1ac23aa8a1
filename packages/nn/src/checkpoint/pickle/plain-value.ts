import { CheckpointError } from '../checkpoint-error.js';
import { PythonFloat, type PythonValue } from './python-values.js';

/** JSON, and the numbers that JSON lacks. */
export type PlainValue = null | boolean | number | string | PlainValue[] | { [key: string]: PlainValue };

const MAX_VALUES = 100_000;
const MAX_DEPTH = 50;

/**
 * Settings of a file as ordinary values: dicts as objects, tuples and sets as arrays.
 *
 * @throws CheckpointError if they contain tensors or objects, or are without end
 */
export function plainValue(value: PythonValue, source: string): PlainValue {
  let values = 0;
  const convert = (of: PythonValue, depth: number): PlainValue => {
    if (++values > MAX_VALUES || depth > MAX_DEPTH) throw new CheckpointError(source, 'its settings have no end');
    if (of === null || typeof of === 'boolean' || typeof of === 'number' || typeof of === 'string') return of;
    if (of instanceof PythonFloat) return of.value;
    if (Array.isArray(of) || of instanceof Set)
      return Array.from(of as PythonValue[], (item) => convert(item, depth + 1));
    if (of instanceof Map) {
      const entries = [...of].map(([key, item]): [string, PlainValue] => [
        keyOf(key, source),
        convert(item, depth + 1),
      ]);
      // Object.fromEntries defines properties, so that a key such as __proto__ is one like any other.
      return Object.fromEntries(entries);
    }
    throw new CheckpointError(source, `its settings contain ${describe(of)}`);
  };
  return convert(value, 0);
}

function keyOf(key: PythonValue, source: string): string {
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean') return String(key);
  throw new CheckpointError(source, 'its settings have a name that is no string');
}

function describe(value: PythonValue): string {
  return typeof value === 'bigint' ? 'an integer beyond 2^53' : 'a tensor or an object';
}
