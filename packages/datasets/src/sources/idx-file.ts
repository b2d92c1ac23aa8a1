import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isGzip } from '../files/file-kind.js';
import type { SourceFiles } from '../files/source-files.js';

/** An array of unsigned bytes. */
export interface IdxFile {
  shape: number[];
  data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads an IDX file of unsigned bytes, gzipped or not (http://yann.lecun.com/exdb/mnist: two zero bytes, the data
 * type, the number of dimensions, each dimension as a big-endian 32-bit number, the data).
 *
 * Memory is allocated for the size in the header, after a check, and never for more, whatever the file
 * unpacks to.
 *
 * @param dimensions the number of dimensions it must have: 3 for images, 1 for labels
 * @param contents describes what the file should contain, for messages
 * @throws if the file is missing, cut short, or of another kind
 */
export async function readIdxFile(
  files: SourceFiles,
  name: string,
  dimensions: number,
  contents: string,
): Promise<IdxFile> {
  const path = files.describe(name);
  if (!files.has(name)) throw new Error(`${path} does not exist; expected ${contents} there.`);
  const isPacked = name.endsWith('.gz') || isGzip(files.readPart(name, 0, 2));
  const form = isPacked ? 'gzipped IDX format' : 'IDX format';
  const fileError = (what: string) => new Error(`${path}: ${what}; expected ${contents} in ${form}.`);
  const headerBytes = 4 + 4 * dimensions;
  // A file has at most the bytes that it can unpack to.
  const mostBytes = files.size(name) * (isPacked ? MAX_DEFLATE_RATIO : 1);
  let header = Buffer.alloc(0);
  let file: IdxFile | null = null;
  let filled = 0;
  try {
    for await (let chunk of isPacked ? unpack(files.stream(name)) : files.stream(name)) {
      if (file === null) {
        header = Buffer.concat([header, chunk]);
        if (header.length >= 4) checkMagic(header, dimensions, fileError);
        if (header.length < headerBytes) continue;
        const shape = parseShape(header, dimensions, fileError);
        const length = shape.reduce((a, b) => a * b, 1);
        if (length > mostBytes) {
          throw fileError(`its header states [${shape}], ${length} bytes, and it has at most ${mostBytes}`);
        }
        file = { shape, data: new Uint8Array(length) };
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
    if (code === 'Z_BUF_ERROR') throw fileError('the file is cut short; copy it again');
    if (code !== undefined) throw fileError(`it cannot be read (${message})`);
    throw error;
  }
  if (file === null) throw fileError(`it ${isPacked ? 'unpacks to' : 'has'} only ${header.length} bytes`);
  if (filled < file.data.length) {
    throw fileError(`its header states [${file.shape}], ${file.data.length} bytes, and it has ${filled}`);
  }
  return file;
}

/** Unpacks a file, piece by piece. */
function unpack(packed: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const unpacked = createGunzip();
  // The reader of `unpacked` gets the error of either stream.
  pipeline(Readable.from(packed), unpacked, () => undefined);
  return unpacked;
}

const MAX_BYTES = 2 ** 31;
/** DEFLATE data unpack to at most this many bytes for each of theirs. */
const MAX_DEFLATE_RATIO = 1032;

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
