import { storedZip } from './zip/stored-zip.js';

/** An array for an `.npz` file. */
export interface NpzContents {
  shape: readonly number[];
  /** The elements in C order, in pieces of one kind: uint8, float32 or float64. */
  pieces: readonly (Uint8Array | Float32Array | Float64Array)[];
}

/** How numpy calls the kinds of elements. */
const CODES = { Uint8Array: '|u1', Float32Array: '<f4', Float64Array: '<f8' } as const;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
/** The length of what stands before the elements is a multiple of this. */
const ALIGNMENT = 64;
const PREFIX = MAGIC.length + 2;

/**
 * An `.npz` file as `numpy.savez` writes it (`numpy.lib.format`, version 1), in pieces.
 *
 * @throws if an array's elements are not as many as its shape says
 */
export function npzChunks(arrays: Readonly<Record<string, NpzContents>>): Iterable<Uint8Array> {
  const entries = Object.entries(arrays).map(([name, { shape, pieces }]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const given = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (given !== count) throw new Error(`The array ${name} of shape [${shape}] has ${given} elements, not ${count}.`);
    const header = npyHeader(codeOf(name, pieces), shape);
    const size = header.length + pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    const contents = () => {
      const bytes = new Uint8Array(size);
      bytes.set(header);
      let at = header.length;
      for (const piece of pieces) {
        bytes.set(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength), at);
        at += piece.byteLength;
      }
      return bytes;
    };
    return { name: `${name}.npy`, size, contents };
  });
  return storedZip(entries);
}

function codeOf(name: string, pieces: NpzContents['pieces']): string {
  const kinds = new Set(pieces.map((piece) => piece.constructor.name as keyof typeof CODES));
  if (kinds.size > 1)
    throw new Error(`The pieces of the array ${name} are of several kinds: ${[...kinds].join(', ')}.`);
  const [kind = 'Uint8Array'] = kinds;
  return CODES[kind];
}

function npyHeader(code: string, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${code}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const total = Math.ceil((PREFIX + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const length = total - PREFIX;
  const padded = `${text.padEnd(length - 1)}\n`;
  return Uint8Array.from([...MAGIC, length & 0xff, length >> 8, ...new TextEncoder().encode(padded)]);
}
