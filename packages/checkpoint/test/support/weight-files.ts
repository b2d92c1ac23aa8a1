import {
  decodeNpz,
  decodeSafetensors,
  decodeTorchFile,
  encodeSafetensors,
  encodeTorchFile,
  isModule,
  memorySource,
  OrderedDict,
  toPlainValue,
  PythonFloat,
  torchToSafetensors,
  type ByteSource,
  type HostTensor,
  type PythonDict,
  type PythonValue,
  type StateDict,
} from '../../src/index.js';
import { ByteRange } from '../../src/bytes/byte-range.js';
import { Pickler } from '../../src/pickle/pickler.js';
import { storedZip } from '../../src/zip/stored-zip.js';
import { readZipDirectory } from '../../src/zip/zip-directory.js';
import { publishedPickle } from '../../../../test-support/published-pickle.js';

/** A good file of some kind, and how everything in it is read. */
export interface WeightFile {
  bytes: Uint8Array;
  /** Where `bytes` are only a part: the file around it, made to fit. */
  around?(part: Uint8Array): Uint8Array;
  /** Reads every value and every tensor. */
  read(source: ByteSource): void;
}

const TENSORS: StateDict = {
  'model.map.weight': { shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) },
  'model.enc.8x8_conv.weight': { shape: [2, 3, 1, 1], data: Float32Array.from({ length: 6 }, (_, i) => -i) },
  'model.enc.resample_filter': { shape: [1, 1, 2, 2], data: Float32Array.of(0.25, 0.25, 0.25, 0.25) },
  'model.half': { shape: [3], data: Uint16Array.of(1, 2, 3), dtype: 'F16' },
};
const SETTINGS = { img_resolution: 8, label_dim: 0, sigma_data: 0.5, channel_mult: [1, 2], model_type: 'SongUNet' };

const ZIP = encodeTorchFile(checkpoint());
const SAFETENSORS = encodeSafetensors({ tensors: TENSORS, metadata: { onestep: JSON.stringify(SETTINGS) } });
const HEADER_END = 8 + Number(Buffer.from(SAFETENSORS).readBigUInt64LE(0));

/** One small file of each kind that is read, and the parts of two that say what they contain. */
export const WEIGHT_FILES: Record<string, WeightFile> = {
  'published pickle': {
    bytes: publishedPickle(
      { className: 'EDMPrecond', initKwargs: SETTINGS, tensors: TENSORS },
      { dataset_kwargs: { path: 'data.zip', use_labels: false }, init_sigma: 2.5 },
    ),
    read: readTorch,
  },
  '.pth file': { bytes: ZIP, read: readTorch },
  'pickle of a .pth file': { bytes: zipEntries().get('archive/data.pkl')!, around: zipAround, read: readTorch },
  'legacy .pth file': { bytes: legacyFile(TENSORS), read: readTorch },
  safetensors: {
    bytes: SAFETENSORS,
    read: readSafetensors,
  },
  'header of safetensors': {
    bytes: SAFETENSORS.slice(8, HEADER_END),
    around: (header) => Buffer.concat([uint64(header.length), header, SAFETENSORS.subarray(HEADER_END)]),
    read: readSafetensors,
  },
  npz: {
    bytes: npzFile({ mu: TENSORS['model.map.weight']!, sigma: TENSORS['model.enc.8x8_conv.weight']! }),
    read: (source) => Object.values(decodeNpz(source)).forEach(({ data }) => void data),
  },
};

function readTorch(source: ByteSource): void {
  const file = decodeTorchFile(source);
  if (file instanceof Map) {
    const network = file.get('ema');
    if (isModule(network)) toPlainValue(network.get('_init_kwargs') ?? null, source.name);
  }
  encodeSafetensors(torchToSafetensors(file, source.name));
}

function readSafetensors(source: ByteSource): void {
  encodeSafetensors(decodeSafetensors(source));
}

function zipEntries(): Map<string, Uint8Array> {
  const entries = readZipDirectory(new ByteRange(memorySource(ZIP, 'file')));
  return new Map([...entries].map(([name, range]) => [name, range.bytes()]));
}

/** The ZIP-format file with another pickle. */
function zipAround(pickle: Uint8Array): Uint8Array {
  const entries = [...zipEntries().set('archive/data.pkl', pickle)];
  return Buffer.concat([...storedZip(entries.map(([name, bytes]) => ({ name, contents: () => bytes })))]);
}

function checkpoint() {
  const model = new OrderedDict(Object.entries(TENSORS) as [string, never][]);
  const optimizer: PythonDict = new Map<string, PythonValue>([
    ['lr', new PythonFloat(1)],
    ['betas', Object.freeze([0, 0.99])],
    ['steps', [1, 2 ** 40, 'three', null, true]],
  ]);
  return new Map<string, PythonDict>([
    ['model', model],
    ['optimizer', optimizer],
  ]) as PythonDict;
}

/** A file as `torch.save` wrote it before version 1.6. */
function legacyFile(tensors: StateDict): Uint8Array {
  const entries = Object.entries(tensors).filter(([, { dtype }]) => dtype === undefined);
  const keys = entries.map((_, i) => String(i));
  const pickler = () =>
    new Pickler((pickle, tensor) => {
      const { shape, data } = tensor;
      const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
      pickle.pushGlobal('torch._utils', '_rebuild_tensor_v2');
      pickle.write(0x28, 0x28);
      pickle.push('storage');
      pickle.pushGlobal('torch', 'FloatStorage');
      for (const item of [String(entries.findIndex(([, t]) => t === tensor)), 'cpu', data.length, null])
        pickle.push(item);
      pickle.write(0x74, 0x51);
      for (const item of [0, Object.freeze([...shape]), Object.freeze(strides), false]) pickle.push(item);
      pickle.write(0x74, 0x52);
    });
  const pickles = [
    0x1950a86a20f9469cfc6cn,
    1001,
    new Map([['little_endian', true]]),
    new OrderedDict(entries as [string, never][]),
    keys,
  ].map((value) => pickler().dump(value));
  const storages = entries.flatMap(([, { data }]) => [uint64(data.length), bytesOf(data)]);
  return Buffer.concat([...pickles, ...storages]);
}

/** A file as `numpy.savez` writes it. */
function npzFile(arrays: Record<string, HostTensor>): Uint8Array {
  const entries = Object.entries(arrays).map(([name, { shape, data }]) => {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n';
    const npy = Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00${'\x76\x00'}${header}`, 'latin1'), bytesOf(data)]);
    return { name: `${name}.npy`, contents: () => npy };
  });
  return Buffer.concat([...storedZip(entries)]);
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: HostTensor['data']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
