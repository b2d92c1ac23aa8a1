import { ZipReader } from '../zip/reader.js';
import { npyImages, npyImagesShape } from './npy-images.js';
import { readNpyHeader } from './npy-header.js';
import type { Label, SourceFormat } from './source.js';

/** Names of the arrays, in the order of preference: those of evaluation batches (`numpy.savez(file, images, labels)`) first. */
const IMAGES = ['arr_0', 'images', 'x', 'data'];
const LABELS = ['arr_1', 'labels', 'y'];

/** Readers of label elements by NumPy's code. */
const ELEMENTS: Record<string, { bytes: number; read: (bytes: Buffer, at: number) => number }> = {
  '|u1': { bytes: 1, read: (bytes, at) => bytes.readUInt8(at) },
  '|i1': { bytes: 1, read: (bytes, at) => bytes.readInt8(at) },
  '<i2': { bytes: 2, read: (bytes, at) => bytes.readInt16LE(at) },
  '<u2': { bytes: 2, read: (bytes, at) => bytes.readUInt16LE(at) },
  '<i4': { bytes: 4, read: (bytes, at) => bytes.readInt32LE(at) },
  '<u4': { bytes: 4, read: (bytes, at) => bytes.readUInt32LE(at) },
  '<i8': { bytes: 8, read: (bytes, at) => Number(bytes.readBigInt64LE(at)) },
  '<u8': { bytes: 8, read: (bytes, at) => Number(bytes.readBigUInt64LE(at)) },
  '<f4': { bytes: 4, read: (bytes, at) => bytes.readFloatLE(at) },
  '<f8': { bytes: 8, read: (bytes, at) => bytes.readDoubleLE(at) },
};

/** Arrays of `numpy.savez` or `savez_compressed`: images, and labels (classes [N], or vectors [N, D]) if there are any. */
export const npz: SourceFormat = {
  looksLike: `a .npz file with images (${IMAGES.join(', ')}) and labels (${LABELS.join(', ')})`,
  matches: (path) => path.endsWith('.npz'),
  async open(path) {
    const archive = await ZipReader.open(path);
    try {
      const arrayNamed = (names: string[]) => names.map((name) => `${name}.npy`).find((name) => archive.has(name));
      const [name, labelsName] = [arrayNamed(IMAGES), arrayNamed(LABELS)];
      if (name === undefined) {
        throw new Error(
          `${path} has the arrays ${archive.names().join(', ') || 'of none'}; expected the images as one of ${IMAGES.join(', ')}.`,
        );
      }
      const source = `${path}, ${name}`;
      const open = () => archive.stream(name);
      const shape = await npyImagesShape(open, source);
      const labels =
        labelsName === undefined
          ? null
          : readLabels(Buffer.from(archive.read(labelsName)), shape.count, `${path}, ${labelsName}`);
      const close = () => archive.close();
      return { count: shape.count, images: (limit) => npyImages(open, shape, source, labels, limit), close };
    } catch (error) {
      archive.close();
      throw error;
    }
  },
};

function readLabels(bytes: Buffer, count: number, source: string): Label[] {
  const header = readNpyHeader(bytes, source);
  if (header === null) throw new Error(`${source}: not an array in the format of numpy.save.`);
  const { descr, shape, start } = header;
  const element = ELEMENTS[descr];
  const width = shape[1] ?? 1;
  if (element === undefined || shape.length < 1 || shape.length > 2 || shape[0] !== count || width === 0) {
    throw new Error(
      `${source}: an array of shape [${shape.join(', ')}] and type ${descr}; expected ${count} labels: numbers [${count}], or vectors [${count}, D].`,
    );
  }
  if (bytes.length - start !== count * width * element.bytes) {
    throw new Error(`${source}: ${bytes.length - start} bytes for an array of shape [${shape.join(', ')}].`);
  }
  const at = (i: number) => element.read(bytes, start + i * element.bytes);
  return Array.from({ length: count }, (_, i) =>
    shape.length === 1 ? at(i) : Array.from({ length: width }, (_, j) => at(i * width + j)),
  );
}
