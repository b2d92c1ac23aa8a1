import { concatBytes, crc32 } from '@onestep/checkpoint';
import type { SampledImage } from '../sampling/sample-in-batches.js';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length, type and checksum. */
const CHUNK_OVERHEAD = 12;
const DEPTH = 8;
/** The color types of PNG, by the number of channels. */
const COLOR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2 };

/**
 * Encodes an image as a PNG file (https://www.w3.org/TR/png), in Node as in browsers.
 *
 * @returns the file
 * @throws RangeError if the image has neither 1 nor 3 channels, or not as many bytes as its size says
 */
export async function encodePng({ width, height, channels, data }: SampledImage): Promise<Uint8Array> {
  const colorType = COLOR_TYPES[channels];
  if (colorType === undefined || data.length !== width * height * channels) {
    throw new RangeError(
      `A PNG needs 1 or 3 channels and width x height x channels bytes, not ${data.length} bytes for ${width}x${height}x${channels}.`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([DEPTH, colorType], 8);
  const pixels = await deflate(unfilteredRows(data, width * channels));
  const chunks = [chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', new Uint8Array(0))];
  return concatBytes([Uint8Array.from(SIGNATURE), ...chunks]);
}

/** Puts a zero before each row: the filter "none". */
function unfilteredRows(data: Uint8Array, rowLength: number): Uint8Array {
  const rows = new Uint8Array(data.length + data.length / rowLength);
  for (let from = 0, to = 1; from < data.length; from += rowLength, to += rowLength + 1) {
    rows.set(data.subarray(from, from + rowLength), to);
  }
  return rows;
}

/** Compresses by DEFLATE in the format of zlib, which `CompressionStream` calls deflate. */
async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + CHUNK_OVERHEAD);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
