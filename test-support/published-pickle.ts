import { dtypeOf, type Dtype, type HostTensor, type StateDict } from '@onestep/checkpoint';

const STORAGES: Partial<Record<Dtype, string>> = { F32: 'FloatStorage', F16: 'HalfStorage', F64: 'DoubleStorage' };

/** A network to save in the published format. */
export interface PublishedNetwork {
  /** Name of its class in the published code. */
  className: string;
  /** Its constructor arguments, by their published names. */
  initKwargs: Record<string, unknown>;
  tensors: StateDict;
}

/**
 * Encodes a snapshot in the published layout, pickled with Python's protocol 4: persistent classes nested by the parts of
 * the tensors' names, each storage as a legacy file. `*.resample_filter`, `*.freqs` and `u` are buffers.
 *
 * @param more further entries of the snapshot
 */
export function publishedPickle(network: PublishedNetwork, more: Record<string, unknown> = {}): Uint8Array {
  const writer = new Writer();
  writer.byte(0x80, 4);
  writer.dict([['ema', () => writer.module(network.className, network.tensors, network.initKwargs)]], more);
  writer.byte(0x2e);
  return writer.end();
}

class Writer {
  private readonly parts: Uint8Array[] = [];

  byte(...bytes: number[]): void {
    this.parts.push(Uint8Array.from(bytes));
  }

  end(): Uint8Array {
    return Buffer.concat(this.parts);
  }

  dict(entries: [string, () => void][], values: Record<string, unknown> = {}): void {
    this.byte(0x7d, 0x28);
    for (const [key, write] of entries) {
      this.value(key);
      write();
    }
    for (const [key, value] of Object.entries(values)) {
      this.value(key);
      this.value(value);
    }
    this.byte(0x75);
  }

  value(value: unknown): void {
    if (value === null) this.byte(0x4e);
    else if (typeof value === 'boolean') this.byte(value ? 0x88 : 0x89);
    else if (typeof value === 'number' && Number.isInteger(value))
      this.packed(0x4a, 4, (v) => v.setInt32(0, value, true));
    else if (typeof value === 'number') this.packed(0x47, 8, (v) => v.setFloat64(0, value));
    else if (typeof value === 'string') {
      const bytes = new TextEncoder().encode(value);
      this.byte(0x8c, bytes.length);
      this.parts.push(bytes);
      this.byte(0x94);
    } else if (Array.isArray(value)) {
      this.byte(0x5d, 0x28);
      for (const item of value) this.value(item);
      this.byte(0x65);
    } else this.dict([], value as Record<string, unknown>);
  }

  module(className: string, tensors: StateDict, initKwargs: Record<string, unknown>): void {
    const own = Object.entries(tensors).filter(([name]) => !name.includes('.'));
    const isBuffer = (name: string) => /^(resample_filter|freqs|u)$/.test(name);
    const group = (buffers: boolean) => () =>
      this.dict(own.filter(([name]) => isBuffer(name) === buffers).map(([name, t]) => [name, () => this.tensor(t)]));
    const state: [string, () => void][] = [
      ['training', () => this.value(false)],
      ['_parameters', group(false)],
      ['_buffers', group(true)],
      ['_non_persistent_buffers_set', () => this.byte(0x8f)],
      ['_modules', () => this.dict(this.children(tensors))],
      ['_init_args', () => this.byte(0x29)],
      ['_init_kwargs', () => this.value(initKwargs)],
    ];
    this.global('torch_utils.persistence', '_reconstruct_persistent_obj');
    this.dict(
      [
        ['state', () => this.dict(state)],
        ['class_name', () => this.value(className)],
      ],
      { type: 'class', version: 6, module_src: 'raise SystemExit' },
    );
    this.byte(0x85, 0x52);
  }

  private children(tensors: StateDict): [string, () => void][] {
    const names = new Set(Object.keys(tensors).flatMap((name) => (name.includes('.') ? [name.split('.')[0]!] : [])));
    return [...names].map((child) => {
      const of = Object.entries(tensors).filter(([name]) => name.startsWith(`${child}.`));
      const inner = Object.fromEntries(of.map(([name, tensor]) => [name.slice(child.length + 1), tensor]));
      return [child, () => this.module('Layer', inner, {})];
    });
  }

  private tensor(tensor: HostTensor): void {
    const { shape } = tensor;
    this.global('torch._utils', '_rebuild_tensor_v2');
    this.byte(0x28);
    this.global('torch.storage', '_load_from_bytes');
    const storage = encodeLegacyStorage(tensor);
    this.packed(0x42, 4, (view) => view.setUint32(0, storage.length, true));
    this.parts.push(storage);
    this.byte(0x94, 0x85, 0x52);
    this.value(0);
    this.tuple(shape);
    this.tuple(shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1)));
    this.byte(0x89);
    this.global('collections', 'OrderedDict');
    this.byte(0x29, 0x52, 0x74, 0x52);
  }

  private tuple(items: readonly number[]): void {
    this.byte(0x28);
    for (const item of items) this.value(item);
    this.byte(0x74);
  }

  private global(module: string, name: string): void {
    this.value(module);
    this.value(name);
    this.byte(0x93, 0x94);
  }

  private packed(code: number, size: number, set: (view: DataView) => void): void {
    const bytes = new Uint8Array(1 + size);
    bytes[0] = code;
    set(new DataView(bytes.buffer, 1));
    this.parts.push(bytes);
  }
}

/** Encodes a storage as `torch.save` does in the legacy format. */
function encodeLegacyStorage(tensor: HostTensor): Uint8Array {
  const { data } = tensor;
  const text = (value: string) => `X${String.fromCharCode(value.length, 0, 0, 0)}${value}`;
  const int = (value: number) =>
    `J${String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255)}`;
  const head =
    '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.' +
    `\x80\x02${int(1001)}.` +
    `\x80\x02}(${text('little_endian')}\x88u.` +
    `\x80\x02(${text('storage')}ctorch\n${STORAGES[dtypeOf(tensor)]}\n${text('0')}${text('cpu')}${int(data.length)}NtQ.` +
    `\x80\x02](${text('0')}e.`;
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([
    Buffer.from(head, 'latin1'),
    count,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
}
