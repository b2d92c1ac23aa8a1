import { concatBytes } from '../bytes/concat-bytes.js';
import { dtypeOf, elementCount, type HostTensor } from '../host-tensor.js';
import { Pickler, type Picklable } from '../pickle/pickler.js';
import { OrderedDict, tuple } from '../pickle/python-values.js';
import { storedZip, type ZipFile } from '../zip/stored-zip.js';
import { STORAGE_CLASSES } from './torch-storage.js';

/** The folder in the archive. PyTorch accepts any name. */
const FOLDER = 'archive';
const BINPERSID = 0x51;

/**
 * A `.pth` file that `torch.load` reads (the ZIP format of PyTorch 1.6 and later), in pieces. The elements of
 * a tensor are read when its turn comes, so that the file is never whole in memory.
 *
 * @param value dicts, lists, tuples, numbers, strings and tensors; tensors become contiguous
 * @throws if it contains anything else, or a tensor whose shape does not fit its elements
 */
export function torchFileChunks(value: Picklable): Generator<Uint8Array> {
  const storages: ZipFile[] = [];
  const pickler = new Pickler((pickle, tensor) => {
    pushTensor(pickle, tensor, String(storages.length));
    storages.push(storageFile(tensor, `${FOLDER}/data/${storages.length}`));
  });
  const file = (name: string, bytes: Uint8Array): ZipFile => ({ name: `${FOLDER}/${name}`, contents: () => bytes });
  const pickle = pickler.dump(value);
  return storedZip([file('data.pkl', pickle), ...storages, file('version', new TextEncoder().encode('3\n'))]);
}

/**
 * Encodes a `.pth` file that `torch.load` reads: the ZIP format of PyTorch 1.6 and later.
 *
 * @param value dicts, lists, tuples, numbers, strings and tensors; tensors become contiguous
 * @throws if it contains anything else, or a tensor whose shape does not fit its elements
 */
export function encodeTorchFile(value: Picklable): Uint8Array {
  return concatBytes([...torchFileChunks(value)]);
}

function pushTensor(pickler: Pickler, tensor: HostTensor, key: string): void {
  const { shape } = tensor;
  const dtype = dtypeOf(tensor);
  const storageClass = STORAGE_CLASSES[dtype];
  if (storageClass === undefined)
    throw new Error(`PyTorch files cannot hold tensors of type ${dtype}; a .safetensors file can.`);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  pickler.pushGlobal('torch._utils', '_rebuild_tensor_v2');
  pickler.write(0x28); // MARK
  pickler.write(0x28);
  pickler.push('storage');
  pickler.pushGlobal('torch', storageClass);
  for (const item of [key, 'cpu', elementCount(shape)]) pickler.push(item);
  pickler.write(0x74, BINPERSID); // TUPLE
  for (const item of [0, tuple([...shape]), tuple(strides), false, new OrderedDict()]) pickler.push(item);
  pickler.write(0x74, 0x52); // TUPLE REDUCE
}

function storageFile(tensor: HostTensor, name: string): ZipFile {
  return {
    name,
    contents() {
      const { shape, data } = tensor;
      if (data.length !== elementCount(shape)) {
        throw new Error(`A tensor of shape [${shape}] has ${data.length} elements, not ${elementCount(shape)}.`);
      }
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  };
}
