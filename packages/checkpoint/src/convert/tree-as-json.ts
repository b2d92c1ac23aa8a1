import { ByteRange, memorySource } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import type { HostTensor } from '../host-tensor.js';
import type { Picklable } from '../pickle/pickler.js';
import {
  isTuple,
  OrderedDict,
  PythonFloat,
  PythonGlobal,
  PythonObject,
  tuple,
  type PythonDict,
  type PythonValue,
} from '../pickle/python-values.js';
import { describeUndecoded, UndecodedTensor } from '../pickle/undecoded.js';

/**
 * JSON that keeps Python's distinctions: anything but null, booleans, strings, most numbers and lists is
 * tagged.
 */
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
  | { ordered: [TreeJson, TreeJson][]; attributes?: TreeJson }
  /** An inert object: class, arguments, state, items, entries. */
  | { object: [string, TreeJson, TreeJson, TreeJson, TreeJson] }
  /** A class or function. */
  | { global: string }
  /** A tensor that cannot be decoded, or another value without contents here. */
  | { opaque: string };

const MAX_DEPTH = 100;
const MAX_VALUES = 1_000_000;
/** Characters of all strings together. One string may occur in many places. */
const MAX_TEXT = 1 << 26;
const MAX_NAME = 200;

/**
 * Converts the contents of a PyTorch file to JSON, with names in place of tensors. Objects are kept as what they are made of.
 *
 * @param nameTensor names a tensor, which was found at this path of keys
 * @param source the file's name, for messages
 * @throws CheckpointError if it contains itself
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
  const open = new Set<PythonObject>();
  const entries = (map: Map<PythonValue, Picklable>) =>
    [...map].map(([key, item]): [TreeJson, TreeJson] => [convert(key), under(key, item)]);
  const under = (key: PythonValue, item: Picklable): TreeJson => {
    path.push(typeof key === 'string' || typeof key === 'number' ? String(key).slice(0, MAX_NAME) : '_');
    const json = convert(item);
    path.pop();
    return json;
  };
  const convert = (node: Picklable): TreeJson => {
    if (++values > MAX_VALUES || path.length > MAX_DEPTH) throw new CheckpointError(source, 'its contents have no end');
    if (typeof node === 'string') charge(node.length);
    if (node === null || typeof node === 'boolean' || typeof node === 'string' || typeof node === 'number') return node;
    if (typeof node === 'bigint') return { int: String(node) };
    if (node instanceof PythonFloat) return { float: Object.is(node.value, -0) ? '-0' : String(node.value) };
    if (node instanceof ByteRange) {
      charge(16 * node.length);
      return { bytes: [...node.bytes()] };
    }
    if (Array.isArray(node) || node instanceof Set) {
      const items = Array.from(node as readonly Picklable[], (item, i) => under(i, item));
      return node instanceof Set ? { set: items } : isTuple(node as PythonValue) ? { tuple: items } : items;
    }
    if (node instanceof OrderedDict) {
      const attributes = node.attributes.size > 0 ? { attributes: under('attributes', node.attributes) } : {};
      return { ordered: entries(node), ...attributes };
    }
    if (node instanceof Map) return { dict: entries(node) };
    const undecoded = describeUndecoded(node as PythonValue);
    if (undecoded !== undefined) return { opaque: undecoded };
    if ('data' in node && 'shape' in node) return { tensor: nameTensor(path, node) };
    if (node instanceof PythonGlobal) return { global: node.name };
    if (node instanceof PythonObject) {
      // Classes with attributes that are entries, and callbacks with their owner, contain themselves.
      if (open.has(node)) return { opaque: `${node.className}, which contains this` };
      open.add(node);
      const { className, args, state, items, entries: own } = node;
      // The entries are named as those of a plain dict.
      const parts = [under('args', args), under('state', state), under('items', items), convert(own)] as const;
      open.delete(node);
      return { object: [className, ...parts] };
    }
    return { opaque: node.constructor.name };
  };
  return convert(value);
}

/**
 * Converts the JSON of {@link treeToJson} back.
 *
 * @param findTensor finds a tensor by its name
 * @param source the file's name, for messages
 * @throws CheckpointError if the JSON is not of this form
 */
export function treeFromJson(
  json: unknown,
  findTensor: (name: string) => HostTensor | undefined,
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
  const convert = (node: unknown, depth: number): Picklable => {
    if (depth > 2 * MAX_DEPTH) fail();
    if (node === null || typeof node === 'boolean' || typeof node === 'number' || typeof node === 'string') return node;
    if (Array.isArray(node)) return items(node, depth);
    const [[tag, value] = ['', null], [, attributes] = []] = Object.entries(node as object) as [string, unknown][];
    if (tag === 'tensor') return findTensor(String(value)) ?? fail();
    if (tag === 'float') return new PythonFloat(Number(value));
    if (tag === 'int') return typeof value === 'string' && /^-?\d{1,1000}$/.test(value) ? BigInt(value) : fail();
    if (tag === 'bytes') return new ByteRange(memorySource(Uint8Array.from(items(value, depth) as number[]), source));
    if (tag === 'tuple') return tuple(items(value, depth) as PythonValue[]);
    if (tag === 'set') return new Set(items(value, depth) as PythonValue[]);
    if (tag === 'dict') return fill(new Map(), value, depth);
    if (tag === 'global') return new PythonGlobal(String(value));
    if (tag === 'opaque') return new UndecodedTensor(String(value));
    if (tag === 'object') return makeObject(items(value, depth), fail);
    if (tag !== 'ordered') return fail();
    const dict = fill(new OrderedDict() as Map<PythonValue, Picklable>, value, depth) as OrderedDict;
    if (attributes !== undefined) dict.attributes = convert(attributes, depth + 1) as Map<PythonValue, PythonValue>;
    return dict;
  };
  return convert(json, 0);
}

function makeObject([className, args, state, items, entries]: Picklable[], fail: () => never): PythonObject {
  if (typeof className !== 'string' || !Array.isArray(args)) return fail();
  const object = new PythonObject(className, args as PythonValue[]);
  object.state = (state ?? null) as PythonValue;
  object.items = Array.isArray(items) ? (items as PythonValue[]) : null;
  object.entries = entries instanceof Map ? (entries as PythonDict) : null;
  return object;
}
