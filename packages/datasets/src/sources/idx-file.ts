import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** An array of unsigned bytes. */
export interface IdxFile {
  shape: number[];
  data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads a gzipped IDX file of unsigned bytes (http://yann.lecun.com/exdb/mnist: two zero bytes, the data
 * type, the number of dimensions, each dimension as a big-endian 32-bit number, the data).
 *
 * Memory is allocated for the size in the header, after a check, and never for more, whatever the file
 * unpacks to.
 *
 * @param dimensions the number of dimensions it must have: 3 for images, 1 for labels
 * @param contents describes what the file should contain, for messages
 * @throws if the file is missing, cut short, or of another kind
 */
export async function readIdxFile(path: string, dimensions: number, contents: string): Promise<IdxFile> {
  const fileError = (what: string) => new Error(`${path}: ${what}; expected ${contents} in gzipped IDX format.`);
  const headerBytes = 4 + 4 * dimensions;
  let header = Buffer.alloc(0);
  let file: IdxFile | null = null;
  let filled = 0;
  try {
    for await (let chunk of unpack(path)) {
      if (file === null) {
        header = Buffer.concat([header, chunk]);
        if (header.length >= 4) checkMagic(header, dimensions, fileError);
        if (header.length < headerBytes) continue;
        const shape = parseShape(header, dimensions, fileError);
        file = { shape, data: new Uint8Array(shape.reduce((a, b) => a * b, 1)) };
        chunk = header.subarray(headerBytes);
      }
      if (filled + chunk.length > file.data.length) {
        throw fileError(`it has more data than its header states ([${file.shape}])`);
      }
      file.data.set(chunk, filled);
      filled += chunk.length;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`${path} does not exist; expected ${contents} there.`, { cause: error });
    if (code === 'Z_BUF_ERROR') throw fileError('the file is cut short; copy it again');
    if (code !== undefined) throw fileError(`it cannot be read (${message})`);
    throw error;
  }
  if (file === null) throw fileError(`it unpacks to only ${header.length} bytes`);
  if (filled < file.data.length) {
    throw fileError(`its header states [${file.shape}], ${file.data.length} bytes, and it has ${filled}`);
  }
  return file;
}

/** Unpacks a file, piece by piece. */
function unpack(path: string): AsyncIterable<Buffer> {
  const unpacked = createGunzip();
  // The reader of `unpacked` gets the error of either stream.
  pipeline(createReadStream(path), unpacked, () => undefined);
  return unpacked;
}

const MAX_BYTES = 2 ** 31;

function checkMagic(header: Buffer, dimensions: number, fileError: (what: string) => Error): void {
  const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
  const found = header.readUInt32BE(0);
  const wanted = (UNSIGNED_BYTE << 8) | dimensions;
  if (found !== wanted) throw fileError(`it begins with the number ${hex(found)} instead of ${hex(wanted)}`);
}

function parseShape(header: Buffer, dimensions: number, fileError: (what: string) => Error): number[] {
  const shape = Array.from({ length: dimensions }, (_, i) => header.readUInt32BE(4 + 4 * i));
  if (shape.reduce((a, b) => a * b, 1) > MAX_BYTES) throw fileError(`its header states the impossible size [${shape}]`);
  return shape;
}
