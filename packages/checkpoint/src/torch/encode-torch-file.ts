import { joined } from '../bytes/joined.js';
import { bytesPerElement } from '../dtype.js';
import { dtypeOf, type HostTensor } from '../host-tensor.js';
import { Pickler, type Picklable } from '../pickle/pickler.js';
import { OrderedDict, tuple } from '../pickle/python-values.js';
import { storedZip, type ZipEntry } from '../zip/stored-zip.js';
import { STORAGE_CLASSES } from './torch-storage.js';

/** The folder in the archive; PyTorch takes any. */
const FOLDER = 'archive';
const BINPERSID = 0x51;

/**
 * A `.pth` file that `torch.load` reads (the ZIP format of PyTorch 1.6 and later), in pieces: each tensor is asked for
 * its elements when its turn comes, so that the file is never whole in memory.
 *
 * @param value dicts, lists, tuples, numbers, strings and tensors; tensors become contiguous
 * @throws if it contains anything else
 */
export function torchFileChunks(value: Picklable): Generator<Uint8Array> {
  const storages: ZipEntry[] = [];
  const pickler = new Pickler((pickle, tensor) => {
    pushTensor(pickle, tensor, String(storages.length));
    storages.push(storageEntry(tensor, `${FOLDER}/data/${storages.length}`));
  });
  const text = (name: string, contents: Uint8Array): ZipEntry => ({
    name: `${FOLDER}/${name}`,
    size: contents.length,
    contents: () => contents,
  });
  const pickle = pickler.dump(value);
  return storedZip([text('data.pkl', pickle), ...storages, text('version', new TextEncoder().encode('3\n'))]);
}

/** {@link torchFileChunks} in one piece. */
export function encodeTorchFile(value: Picklable): Uint8Array {
  return joined([...torchFileChunks(value)]);
}

function pushTensor(pickler: Pickler, tensor: HostTensor, key: string): void {
  const { shape } = tensor;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  pickler.pushGlobal('torch._utils', '_rebuild_tensor_v2');
  pickler.write(0x28); // MARK
  pickler.write(0x28);
  pickler.push('storage');
  pickler.pushGlobal('torch', STORAGE_CLASSES[dtypeOf(tensor)]);
  for (const item of [key, 'cpu', elements(shape)]) pickler.push(item);
  pickler.write(0x74, BINPERSID); // TUPLE
  for (const item of [0, tuple([...shape]), tuple(strides), false, new OrderedDict()]) pickler.push(item);
  pickler.write(0x74, 0x52); // TUPLE REDUCE
}

function storageEntry(tensor: HostTensor, name: string): ZipEntry {
  return {
    name,
    size: elements(tensor.shape) * bytesPerElement(dtypeOf(tensor)),
    contents() {
      const { data } = tensor;
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  };
}

function elements(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
