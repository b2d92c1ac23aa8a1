import { CheckpointError } from '../checkpoint-error.js';
import { entriesOf, PythonFloat, PythonObject, type PythonValue } from './python-values.js';

/**
 * JSON values, and the numbers that JSON lacks (infinities and NaN).
 *
 * @internal
 */
export type PlainValue = null | boolean | number | string | PlainValue[] | { [key: string]: PlainValue };

const MAX_VALUES = 100_000;
/** Characters of all strings together. One string may occur in many places. */
const MAX_TEXT = 1 << 24;
const MAX_DEPTH = 50;

/**
 * Gives a replacement for a value that is not plain, or undefined. `path` is the list of keys that lead to
 * the value.
 *
 * @internal
 */
export type ReplaceValue = (value: PythonValue, path: readonly string[]) => PythonValue | undefined;

/**
 * Converts settings of a file to ordinary values: dicts to objects, tuples and sets to arrays.
 *
 * @param source the file's name, for messages
 * @param replace gives values for tensors and objects
 * @throws CheckpointError if they contain a tensor or an object without a replacement, or themselves
 */
export function toPlainValue(value: PythonValue, source: string, replace?: ReplaceValue): PlainValue {
  const path: string[] = [];
  let values = 0;
  let text = 0;
  const fail = (what: string): never => {
    throw new CheckpointError(source, `its settings ${what}`);
  };
  const keyOf = (key: PythonValue): string => {
    const isName = typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean';
    return isName ? String(convert(key)) : fail('have a name that is not a string');
  };
  const under = (key: string, item: PythonValue): PlainValue => {
    path.push(key);
    const plain = convert(item);
    path.pop();
    return plain;
  };
  const convert = (node: PythonValue): PlainValue => {
    if (++values > MAX_VALUES || path.length > MAX_DEPTH) fail('have no end');
    if (typeof node === 'string' && (text += node.length) > MAX_TEXT) fail('are too long');
    if (node === null || typeof node === 'boolean' || typeof node === 'number' || typeof node === 'string') return node;
    if (node instanceof PythonFloat) return node.value;
    if (node instanceof PythonObject && node.items !== null) return convert(node.items);
    if (Array.isArray(node) || node instanceof Set) {
      return Array.from(node as PythonValue[], (item, i) => under(String(i), item));
    }
    const dict = entriesOf(node);
    if (dict !== undefined) {
      // Object.fromEntries defines properties, so a key such as __proto__ has no special effect.
      return Object.fromEntries(
        Array.from(dict, ([key, item]) => {
          const name = keyOf(key);
          return [name, under(name, item)];
        }),
      );
    }
    const replacement = replace?.(node, path);
    if (replacement !== undefined) return convert(replacement);
    return fail(`contain ${typeof node === 'bigint' ? 'an integer beyond 2^53' : 'a tensor or an object'}`);
  };
  return convert(value);
}
