import { storedZip } from './zip/stored-zip.js';

/** An array of bytes for an `.npz` file. */
export interface ByteArray {
  shape: readonly number[];
  /** The elements in C order, in pieces. */
  pieces: readonly Uint8Array[];
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
/** The length of what stands before the elements is a multiple of this. */
const ALIGNMENT = 64;
const PREFIX = MAGIC.length + 2;

/**
 * An `.npz` file of uint8 arrays as `numpy.savez` writes it (`numpy.lib.format`, version 1), in pieces.
 *
 * @throws if an array's elements are not as many as its shape says
 */
export function npzChunks(arrays: Readonly<Record<string, ByteArray>>): Iterable<Uint8Array> {
  const entries = Object.entries(arrays).map(([name, { shape, pieces }]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const given = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (given !== count) throw new Error(`The array ${name} of shape [${shape}] has ${given} elements, not ${count}.`);
    const header = npyHeader(shape);
    const contents = () => {
      const bytes = new Uint8Array(header.length + count);
      bytes.set(header);
      let at = header.length;
      for (const piece of pieces) {
        bytes.set(piece, at);
        at += piece.length;
      }
      return bytes;
    };
    return { name: `${name}.npy`, size: header.length + count, contents };
  });
  return storedZip(entries);
}

function npyHeader(shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${sizes}), }`;
  const total = Math.ceil((PREFIX + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const length = total - PREFIX;
  const padded = `${text.padEnd(length - 1)}\n`;
  return Uint8Array.from([...MAGIC, length & 0xff, length >> 8, ...new TextEncoder().encode(padded)]);
}
