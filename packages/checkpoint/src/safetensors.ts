import { ByteRange, memorySource, type ByteSource } from './bytes/byte-range.js';
import { concatBytes } from './bytes/concat-bytes.js';
import { CheckpointError } from './checkpoint-error.js';
import { parseJson } from './parse-json.js';
import { wrongKindError } from './identify/identify-file.js';
import { arrayFromBytes, bytesPerElement, DTYPES, type Dtype } from './dtype.js';
import { dtypeOf, elementCount, type HostTensor, type StateDict } from './host-tensor.js';

/** Contents of a safetensors file: tensors, and the strings of its `__metadata__`. */
export interface Safetensors {
  tensors: StateDict;
  metadata: Record<string, string>;
}

const HEADER_ALIGNMENT = 8;
const MAX_HEADER = 100e6;
const MAX_RANK = 64;
/** Data types that are evident from the array. */
const PLAIN_DTYPES: readonly Dtype[] = ['F64', 'F32', 'I64', 'I32', 'I16', 'I8', 'U64', 'U32', 'U8'];

/**
 * Encodes tensors as a safetensors file (https://github.com/huggingface/safetensors, section "Format" of the
 * README).
 *
 * @throws naming a tensor whose shape does not fit its elements
 */
export function encodeSafetensors(contents: Safetensors): Uint8Array {
  return concatBytes([...safetensorsChunks(contents)]);
}

/**
 * A safetensors file in pieces: the header, then tensor after tensor. The elements of a tensor are read when
 * its turn comes, so that the file is never whole in memory.
 *
 * @throws naming a tensor whose shape does not fit its elements
 */
export function* safetensorsChunks({ tensors, metadata }: Safetensors): Generator<Uint8Array> {
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const dtype = dtypeOf(tensor);
    const end = offset + elementCount(tensor.shape) * bytesPerElement(dtype);
    entries.push([name, { dtype, shape: tensor.shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padding = (HEADER_ALIGNMENT - (json.length % HEADER_ALIGNMENT)) % HEADER_ALIGNMENT;
  const start = new Uint8Array(8 + json.length + padding).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(json.length + padding), true);
  start.set(json, 8);
  yield start;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (elementCount(shape) !== data.length) {
      throw new Error(`${name}: shape [${shape}] does not hold ${data.length} elements.`);
    }
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

/**
 * Decodes a safetensors file. Every offset and shape is checked before it is used.
 *
 * @param file the bytes, of which the tensors become views, or a source, from which a tensor's elements are
 *   read each time they are requested
 * @param name the file's name for messages, if bytes are given
 * @throws CheckpointError if the file is not complete and well-formed
 */
export function decodeSafetensors(file: Uint8Array | ByteSource, name = 'safetensors file'): Safetensors {
  const source = file instanceof Uint8Array ? memorySource(file, name) : file;
  const range = new ByteRange(source);
  const fail = (what: string): never => {
    throw new CheckpointError(source.name, `not a valid safetensors file: ${what}`);
  };
  if (range.length < 8) {
    const otherwise = `not a valid safetensors file: it has ${range.length} bytes, fewer than its header needs`;
    throw wrongKindError(source, 'a safetensors file', otherwise);
  }
  const start = range.slice(0, 8).bytes();
  const headerLength = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (headerLength > MAX_HEADER || 8 + headerLength > range.length) {
    const what = `the header claims ${headerLength} bytes and the file has ${range.length}; is it complete?`;
    throw isSafetensors(source)
      ? new CheckpointError(source.name, `not a valid safetensors file: ${what}`)
      : wrongKindError(
          source,
          'a safetensors file',
          'not a valid safetensors file: its first bytes are not those of one',
        );
  }
  if (!isSafetensors(source)) {
    throw wrongKindError(source, 'a safetensors file', 'not a valid safetensors file: its header is not an object');
  }
  const header = parseHeader(range.slice(8, headerLength).bytes(), fail);
  const { __metadata__: metadata = {}, ...entries } = header;
  const body = range.slice(8 + headerLength, range.length - 8 - headerLength);
  const located = Object.entries(entries).map(([key, entry]) => locateTensor(key, entry, body, fail));
  if (located.reduce((sum, { contents }) => sum + contents.length, 0) > body.length) fail('its tensors overlap');
  const isLazy = file === source;
  const tensors = located.map((tensor): [string, HostTensor] => [tensor.name, isLazy ? tensor : readTensor(tensor)]);
  return { tensors: Object.fromEntries(tensors), metadata: checkMetadata(metadata, fail) };
}

/**
 * Whether a file starts like safetensors: the length of a header below 4 GB, and a JSON object.
 *
 * @internal
 */
export function isSafetensors(source: ByteSource): boolean {
  if (source.length < 9) return false;
  const start = source.read(0, 9);
  return start[8] === '{'.charCodeAt(0) && start.subarray(4, 8).every((byte) => byte === 0);
}

/** A tensor that is still in its file. */
class LocatedTensor implements HostTensor {
  constructor(
    readonly name: string,
    readonly dtype: Dtype,
    readonly shape: number[],
    readonly contents: ByteRange,
  ) {}

  get data() {
    return arrayFromBytes(this.dtype, this.contents.bytes());
  }
}

/** Reads a tensor's elements into memory. */
export function readTensor({ shape, dtype, data }: HostTensor): HostTensor {
  return dtype === undefined || PLAIN_DTYPES.includes(dtype) ? { shape, data } : { shape, data, dtype };
}

/**
 * Reads rows of a tensor: of one that is still in its file, only their bytes.
 *
 * @param start number of the first row, along the first axis
 * @param count number of rows
 * @throws RangeError if the tensor does not have them
 */
export function readRows(tensor: HostTensor, start: number, count: number): HostTensor {
  const [rows = 0, ...rest] = tensor.shape;
  if (!(start >= 0 && count >= 0 && start + count <= rows)) {
    throw new RangeError(`There are no rows ${start} to ${start + count} in a tensor of shape [${tensor.shape}].`);
  }
  const length = elementCount(rest);
  const shape = [count, ...rest];
  if (!(tensor instanceof LocatedTensor)) {
    return { ...tensor, shape, data: tensor.data.slice(start * length, (start + count) * length) };
  }
  const size = length * bytesPerElement(tensor.dtype);
  const bytes = tensor.contents.slice(start * size, count * size).bytes();
  return { shape, data: arrayFromBytes(tensor.dtype, bytes), dtype: tensor.dtype };
}

function parseHeader(bytes: Uint8Array, fail: (what: string) => never): Record<string, unknown> {
  let header: unknown;
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return fail('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    return fail('its header is not an object');
  }
  return header as Record<string, unknown>;
}

function checkMetadata(metadata: unknown, fail: (what: string) => never): Record<string, string> {
  if (typeof metadata !== 'object' || metadata === null || Object.values(metadata).some((v) => typeof v !== 'string')) {
    fail('an entry of its metadata is not a string');
  }
  return metadata as Record<string, string>;
}

function locateTensor(name: string, entry: unknown, body: ByteRange, fail: (what: string) => never): LocatedTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string') return fail(`${name} has no data type`);
  if (!Object.hasOwn(DTYPES, dtype)) return fail(`${name} has the data type ${dtype.slice(0, 40)}`);
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isCount)) {
    return fail(`${name} has no valid shape`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`${name} has no valid offsets`);
  }
  const [begin, end] = offsets as [number, number];
  if (end > body.length) return fail(`${name} ends at byte ${end} of ${body.length}; is the file complete?`);
  if (end - begin !== elementCount(shape as number[]) * bytesPerElement(dtype as Dtype)) {
    return fail(`${name} has ${end - begin} bytes for shape [${shape}]`);
  }
  return new LocatedTensor(name, dtype as Dtype, shape as number[], body.slice(begin, end - begin));
}
