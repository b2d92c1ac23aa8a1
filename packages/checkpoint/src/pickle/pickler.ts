import { ByteRange } from '../bytes/byte-range.js';
import type { HostTensor } from '../host-tensor.js';
import { OrderedDict, PythonFloat, isTuple, type PythonValue } from './python-values.js';

/**
 * Values that can be written to a PyTorch file: those that are read, except objects of classes, and tensors
 * from anywhere.
 */
export type Picklable = PythonValue | HostTensor | readonly Picklable[] | Map<PythonValue, Picklable>;

const MAX_DEPTH = 200;
const MAX_VALUES = 4_000_000;

/** Writes the pickle of one value, by default in protocol 2, as `torch.save` does. */
export class Pickler {
  private readonly bytes: number[] = [];
  private values = 0;

  /**
   * @param pushTensor writes the instructions that make a tensor
   * @param protocol 3 has bytes
   */
  constructor(
    private readonly pushTensor: (pickler: Pickler, tensor: HostTensor) => void,
    private readonly protocol: 2 | 3 = 2,
  ) {}

  /** @throws if the value contains objects of classes, or itself */
  dump(value: Picklable): Uint8Array {
    return this.dumpWith(() => this.push(value, 0));
  }

  /** The pickle of one value that `write` pushes. */
  dumpWith(write: () => void): Uint8Array {
    this.bytes.push(0x80, this.protocol);
    write();
    this.bytes.push(0x2e);
    return Uint8Array.from(this.bytes);
  }

  /** Number of bytes so far. */
  get length(): number {
    return this.bytes.length;
  }

  /** Writes the instructions that make a value. */
  push(value: Picklable, depth = 0): void {
    if (depth > MAX_DEPTH || ++this.values > MAX_VALUES) throw new Error('The values to write contain each other.');
    if (value === null) this.write(0x4e);
    else if (typeof value === 'boolean') this.write(value ? 0x88 : 0x89);
    else if (typeof value === 'string') this.pushString(value);
    else if (typeof value === 'bigint') this.pushLong(value);
    else if (typeof value === 'number') this.pushNumber(value);
    else if (value instanceof PythonFloat) this.pushFloat(value.value);
    else if (value instanceof ByteRange) this.pushBytes(value.bytes());
    else if (isTuple(value as PythonValue)) this.pushTuple(value as readonly Picklable[], depth);
    else if (Array.isArray(value)) this.pushList(value as readonly Picklable[], depth);
    else if (value instanceof Set) this.call(this.builtins, 'set', [[...value]], depth);
    else if (value instanceof Map) this.pushDict(value, depth);
    else if ('data' in value && 'shape' in value) this.pushTensor(this, value);
    else
      throw new Error('Objects of classes cannot be written to a PyTorch file, only values, lists, dicts and tensors.');
  }

  /** The module of Python's own names, which protocol 3 has under its name in Python 3. */
  private get builtins(): string {
    return this.protocol < 3 ? '__builtin__' : 'builtins';
  }

  /** Writes a call of a function. */
  call(module: string, name: string, args: readonly Picklable[], depth = 0): void {
    this.pushGlobal(module, name);
    this.pushTuple(args, depth);
    this.write(0x52); // REDUCE
  }

  pushGlobal(module: string, name: string): void {
    this.write(0x63, ...new TextEncoder().encode(`${module}\n${name}\n`));
  }

  pushTuple(items: readonly Picklable[], depth = 0): void {
    this.write(0x28); // MARK
    for (const item of items) this.push(item, depth + 1);
    this.write(0x74); // TUPLE
  }

  write(...bytes: number[]): void {
    this.bytes.push(...bytes);
  }

  private pushList(items: readonly Picklable[], depth: number): void {
    this.write(0x5d, 0x28); // EMPTY_LIST MARK
    for (const item of items) this.push(item, depth + 1);
    this.write(0x65); // APPENDS
  }

  private pushDict(dict: Map<PythonValue, Picklable>, depth: number): void {
    if (dict instanceof OrderedDict) this.call('collections', 'OrderedDict', []);
    else this.write(0x7d); // EMPTY_DICT
    this.write(0x28); // MARK
    for (const [key, value] of dict) {
      this.push(key, depth + 1);
      this.push(value, depth + 1);
    }
    this.write(0x75); // SETITEMS
    if (dict instanceof OrderedDict && dict.attributes.size > 0) {
      this.push(dict.attributes, depth + 1);
      this.write(0x62); // BUILD
    }
  }

  private pushNumber(value: number): void {
    if (!Number.isInteger(value) || Object.is(value, -0)) this.pushFloat(value);
    else if (value >= 0 && value < 0x100) this.write(0x4b, value);
    else if (Math.abs(value) < 2 ** 31) this.write(0x4a, ...littleEndian(value));
    else this.pushLong(BigInt(value));
  }

  private pushFloat(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, false);
    this.write(0x47, ...bytes);
  }

  private pushLong(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    do {
      bytes.push(Number(rest & 0xffn));
      rest >>= 8n;
    } while (rest !== (bytes[bytes.length - 1]! & 0x80 ? -1n : 0n));
    // As Python does it: torch.load without `weights_only=False` knows LONG1 and not LONG4.
    if (bytes.length < 0x100) this.write(0x8a, bytes.length, ...bytes);
    else this.write(0x8b, ...littleEndian(bytes.length), ...bytes);
  }

  private pushString(text: string): void {
    this.writeString(new TextEncoder().encode(text));
  }

  private writeString(encoded: Uint8Array): void {
    this.write(0x58, ...littleEndian(encoded.length));
    for (const byte of encoded) this.bytes.push(byte);
  }

  /** Protocol 2 has no bytes: they are written as Latin-1 text and a call that encodes it. */
  private pushBytes(bytes: Uint8Array): void {
    this.call('_codecs', 'encode', [Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''), 'latin1']);
  }
}

function littleEndian(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff];
}
