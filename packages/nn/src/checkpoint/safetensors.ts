import type { HostTensor, StateDict } from './host-tensor.js';

/** Contents of a safetensors file: tensors, and the free-form strings of its `__metadata__`. */
export interface Safetensors {
  tensors: StateDict;
  metadata: Record<string, string>;
}

const DTYPES = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  I64: BigInt64Array,
  U8: Uint8Array,
} as const;
type Dtype = keyof typeof DTYPES;

const HEADER_ALIGNMENT = 8;
const MAX_HEADER = 100e6;

/** Encodes tensors as a safetensors file (https://github.com/huggingface/safetensors, format section of the README). */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new Error(`${name}: shape [${shape}] does not hold ${data.length} elements.`);
    }
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  let json = new TextEncoder().encode(JSON.stringify(header));
  const padding = (HEADER_ALIGNMENT - (json.length % HEADER_ALIGNMENT)) % HEADER_ALIGNMENT;
  if (padding > 0) json = new Uint8Array([...json, ...new Array<number>(padding).fill(0x20)]);
  const file = new Uint8Array(8 + json.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const { data } of Object.values(tensors)) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * Decodes a safetensors file; every offset and shape is checked before it is used.
 *
 * @param source the file's name, for messages
 * @throws if the file is not complete and well-formed
 */
export function decodeSafetensors(file: Uint8Array, source = 'safetensors file'): Safetensors {
  const fail = (what: string): never => {
    throw new Error(`${source}: not a valid safetensors file: ${what}.`);
  };
  if (file.length < 8) fail(`it has ${file.length} bytes, and its header alone needs more`);
  const headerLength = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  if (headerLength > MAX_HEADER || 8 + headerLength > file.length) {
    fail(`the header claims ${headerLength} bytes and the file has ${file.length}; is it complete?`);
  }
  const header = parseHeader(file.subarray(8, 8 + headerLength), fail);
  const { __metadata__: metadata = {}, ...entries } = header;
  const body = file.subarray(8 + headerLength);
  const tensors: StateDict = {};
  for (const [name, entry] of Object.entries(entries)) tensors[name] = readTensor(name, entry, body, fail);
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(bytes: Uint8Array, fail: (what: string) => never): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return fail('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    return fail('its header is not an object');
  return header as Record<string, unknown>;
}

function readTensor(name: string, entry: unknown, body: Uint8Array, fail: (what: string) => never): HostTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype))
    return fail(`${name} has the data type ${String(dtype)}`);
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail(`${name} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return fail(`${name} has no valid offsets`);
  const [begin, end] = offsets as [number, number];
  const constructor = DTYPES[dtype as Dtype];
  const length = (shape as number[]).reduce((a, b) => a * b, 1);
  if (end > body.length) return fail(`${name} ends at byte ${end} of ${body.length}; is the file complete?`);
  if (end - begin !== length * constructor.BYTES_PER_ELEMENT)
    return fail(`${name} has ${end - begin} bytes for shape [${shape}]`);
  // A copy: aligned for every type, also where `body` is a view (the `slice` of Node's Buffer does not copy).
  const bytes = new Uint8Array(body.subarray(begin, end));
  return { shape: shape as number[], data: new constructor(bytes.buffer, 0, length) };
}

function dtypeOf(data: HostTensor['data']): Dtype {
  const found = (Object.keys(DTYPES) as Dtype[]).find((name) => data instanceof DTYPES[name]);
  return found!;
}
