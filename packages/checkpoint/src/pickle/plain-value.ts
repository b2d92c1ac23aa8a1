import { CheckpointError } from '../checkpoint-error.js';
import { PythonFloat, type PythonValue } from './python-values.js';

/** JSON, and the numbers that JSON lacks. */
export type PlainValue = null | boolean | number | string | PlainValue[] | { [key: string]: PlainValue };

const MAX_VALUES = 100_000;
/** Letters of all strings together: one string may stand in many places. */
const MAX_TEXT = 1 << 24;
const MAX_DEPTH = 50;

/** What stands for a value that is not plain; undefined if nothing does. `path` are the keys that lead to it. */
export type StandIn = (value: PythonValue, path: readonly string[]) => PythonValue | undefined;

/**
 * Settings of a file as ordinary values: dicts as objects, tuples and sets as arrays.
 *
 * @param standIn is asked for tensors and objects
 * @throws CheckpointError if they contain tensors or objects for which nothing stands in, or are without end
 */
export function plainValue(value: PythonValue, source: string, standIn?: StandIn): PlainValue {
  const path: string[] = [];
  let values = 0;
  let text = 0;
  const fail = (what: string): never => {
    throw new CheckpointError(source, `its settings ${what}`);
  };
  const keyOf = (key: PythonValue): string => {
    const isName = typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean';
    return isName ? String(convert(key)) : fail('have a name that is no string');
  };
  const under = (key: string, item: PythonValue): PlainValue => {
    path.push(key);
    const plain = convert(item);
    path.pop();
    return plain;
  };
  const convert = (of: PythonValue): PlainValue => {
    if (++values > MAX_VALUES || path.length > MAX_DEPTH) fail('have no end');
    if (typeof of === 'string' && (text += of.length) > MAX_TEXT) fail('are too long');
    if (of === null || typeof of === 'boolean' || typeof of === 'number' || typeof of === 'string') return of;
    if (of instanceof PythonFloat) return of.value;
    if (Array.isArray(of) || of instanceof Set)
      return Array.from(of as PythonValue[], (item, i) => under(String(i), item));
    if (of instanceof Map) {
      // Object.fromEntries defines properties, so that a key such as __proto__ is one like any other.
      return Object.fromEntries(
        Array.from(of, ([key, item]) => {
          const name = keyOf(key);
          return [name, under(name, item)];
        }),
      );
    }
    const other = standIn?.(of, path);
    if (other !== undefined) return convert(other);
    return fail(`contain ${typeof of === 'bigint' ? 'an integer beyond 2^53' : 'a tensor or an object'}`);
  };
  return convert(value);
}
