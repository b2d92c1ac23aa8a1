import { ByteRange } from '../bytes/byte-range.js';
import { memorySource } from '../bytes/byte-source.js';
import { CheckpointError } from '../checkpoint-error.js';
import type { HostTensor } from '../host-tensor.js';
import type { Picklable } from '../pickle/pickler.js';
import { isTuple, OrderedDict, PythonFloat, tuple, type PythonValue } from '../pickle/python-values.js';

/** JSON that tells apart all that Python does: anything but null, booleans, strings, most numbers and lists is tagged. */
export type TreeJson =
  | null
  | boolean
  | number
  | string
  | TreeJson[]
  | { tensor: string }
  | { float: string }
  | { int: string }
  | { bytes: number[] }
  | { tuple: TreeJson[] }
  | { set: TreeJson[] }
  | { dict: [TreeJson, TreeJson][] }
  | { ordered: [TreeJson, TreeJson][]; attributes?: TreeJson };

const MAX_DEPTH = 100;
const MAX_VALUES = 1_000_000;
/** Letters of all strings together: one string may stand in many places. */
const MAX_TEXT = 1 << 26;
const MAX_NAME = 200;

/**
 * The contents of a PyTorch file as JSON, with names in place of tensors.
 *
 * @param nameTensor gives a tensor, found at a path of keys, its name
 * @param source the file's name, for messages
 * @throws CheckpointError if it contains objects of classes, or itself
 */
export function treeToJson(
  value: Picklable,
  nameTensor: (path: readonly string[], tensor: HostTensor) => string,
  source: string,
): TreeJson {
  let values = 0;
  let text = 0;
  const charge = (length: number) => {
    text += length;
    if (text > MAX_TEXT) throw new CheckpointError(source, 'its contents are too long to describe');
  };
  const path: string[] = [];
  const entries = (map: Map<PythonValue, Picklable>) =>
    [...map].map(([key, item]): [TreeJson, TreeJson] => [convert(key), under(key, item)]);
  const under = (key: PythonValue, item: Picklable): TreeJson => {
    path.push(typeof key === 'string' || typeof key === 'number' ? String(key).slice(0, MAX_NAME) : '_');
    const json = convert(item);
    path.pop();
    return json;
  };
  const convert = (of: Picklable): TreeJson => {
    if (++values > MAX_VALUES || path.length > MAX_DEPTH) throw new CheckpointError(source, 'its contents have no end');
    if (typeof of === 'string') charge(of.length);
    if (of === null || typeof of === 'boolean' || typeof of === 'string' || typeof of === 'number') return of;
    if (typeof of === 'bigint') return { int: String(of) };
    if (of instanceof PythonFloat) return { float: Object.is(of.value, -0) ? '-0' : String(of.value) };
    if (of instanceof ByteRange) {
      charge(16 * of.length);
      return { bytes: [...of.bytes()] };
    }
    if (Array.isArray(of) || of instanceof Set) {
      const items = Array.from(of as readonly Picklable[], (item, i) => under(i, item));
      return of instanceof Set ? { set: items } : isTuple(of as PythonValue) ? { tuple: items } : items;
    }
    if (of instanceof OrderedDict) {
      const attributes = of.attributes.size > 0 ? { attributes: under('attributes', of.attributes) } : {};
      return { ordered: entries(of), ...attributes };
    }
    if (of instanceof Map) return { dict: entries(of) };
    if ('data' in of && 'shape' in of) return { tensor: nameTensor(path, of) };
    throw new CheckpointError(
      source,
      `it holds an object at ${path.join('.').slice(0, 100) || 'its root'}, which is no tensor, module or plain value`,
    );
  };
  return convert(value);
}

/**
 * The contents of a PyTorch file back from JSON.
 *
 * @param tensorOf the tensor of a name, or undefined
 * @throws CheckpointError if it is no such JSON
 */
export function treeFromJson(
  json: unknown,
  tensorOf: (name: string) => HostTensor | undefined,
  source: string,
): Picklable {
  const fail = (): never => {
    throw new CheckpointError(source, 'the description of its structure in the metadata is damaged');
  };
  const items = (list: unknown, depth: number): Picklable[] =>
    Array.isArray(list) ? list.map((item) => convert(item, depth + 1)) : fail();
  const fill = <M extends Map<PythonValue, Picklable>>(map: M, list: unknown, depth: number): M => {
    for (const entry of Array.isArray(list) ? list : fail()) {
      const [key, value] = items(entry, depth);
      if (key === undefined || value === undefined) fail();
      map.set(key as PythonValue, value!);
    }
    return map;
  };
  const convert = (of: unknown, depth: number): Picklable => {
    if (depth > 2 * MAX_DEPTH) fail();
    if (of === null || typeof of === 'boolean' || typeof of === 'number' || typeof of === 'string') return of;
    if (Array.isArray(of)) return items(of, depth);
    const [[tag, value] = ['', null], [, attributes] = []] = Object.entries(of as object) as [string, unknown][];
    if (tag === 'tensor') return tensorOf(String(value)) ?? fail();
    if (tag === 'float') return new PythonFloat(Number(value));
    if (tag === 'int') return typeof value === 'string' && /^-?\d{1,1000}$/.test(value) ? BigInt(value) : fail();
    if (tag === 'bytes') return new ByteRange(memorySource(Uint8Array.from(items(value, depth) as number[]), source));
    if (tag === 'tuple') return tuple(items(value, depth) as PythonValue[]);
    if (tag === 'set') return new Set(items(value, depth) as PythonValue[]);
    if (tag === 'dict') return fill(new Map(), value, depth);
    if (tag !== 'ordered') return fail();
    const dict = fill(new OrderedDict() as Map<PythonValue, Picklable>, value, depth) as OrderedDict;
    if (attributes !== undefined) dict.attributes = convert(attributes, depth + 1) as Map<PythonValue, PythonValue>;
    return dict;
  };
  return convert(json, 0);
}
