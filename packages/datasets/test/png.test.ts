import { crc32, deflateSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { encodePng } from '../src/index.js';
import { decodeImage } from '../src/decoding/decode-image.js';
import { readChunks } from '../src/png/chunks.js';
import { patternBytes } from './sample-files.js';

const raw = (width: number, height: number, channels: 1 | 3) =>
  sharp(Buffer.from(patternBytes(width * height * channels)), { raw: { width, height, channels } });

function pngChunk(type: string, data: Uint8Array | number[]): Buffer {
  const body = Buffer.concat([Buffer.from(type), Uint8Array.from(data)]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** A PNG file with these compressed rows. */
function pngOf(width: number, height: number, depth: number, colorType: number, rows: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colorType], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', new Uint8Array(0)),
  ]);
}

it.each([
  [13, 7, 1],
  [13, 7, 3],
  [3, 2, 3],
  [64, 33, 3],
] as const)('%ix%ix%i, with every filter, plain and interlaced', async (width, height, channels) => {
  for (const progressive of [false, true]) {
    const file = await raw(width, height, channels)
      .png({ progressive, adaptiveFiltering: true, compressionLevel: 6 })
      .toBuffer();
    const image = await decodeImage(file, 'x.png');
    // sharp writes gray images as RGB ones by default.
    const expected = image.channels === channels ? patternBytes(width * height * channels) : null;
    if (expected === null) expect(image.data.filter((_, i) => i % 3 === 0)).toEqual(patternBytes(width * height));
    else expect(image.data).toEqual(expected);
    expect([image.width, image.height]).toEqual([width, height]);
  }
});

it('16-bit RGB becomes its upper bytes, gray of 2 and 4 bits is spread over 8, as in Pillow', async () => {
  // Two rows without a filter, each number big-endian.
  const line = (first: number) => [0, ...Array.from({ length: 6 }, (_, i) => [20 * (first + i), 255]).flat()];
  const rgb = pngOf(2, 2, 16, 2, Uint8Array.from([...line(0), ...line(6)]));
  expect([...(await decodeImage(rgb, 'x')).data]).toEqual(Array.from({ length: 12 }, (_, i) => 20 * i));
  expect([...(await decodeImage(pngOf(3, 1, 2, 0, Uint8Array.of(0, 0b00011000)), 'x')).data]).toEqual([0, 85, 170]);
  expect([...(await decodeImage(pngOf(3, 1, 4, 0, Uint8Array.of(0, 0x1f, 0x80)), 'x')).data]).toEqual([17, 255, 136]);
});

it.each([1, 3] as const)('what is written, sharp reads: %i channels, stored and compressed', async (channels) => {
  // 200x150 RGB have more bytes than a stored block holds.
  for (const [width, height] of [
    [1, 1],
    [5, 3],
    [200, 150],
  ] as const) {
    const data = patternBytes(width * height * channels);
    for (const compressionLevel of [0, 6] as const) {
      const file = encodePng(data, { width, height, channels, compressionLevel });
      const read = sharp(file).toColourspace(channels === 1 ? 'b-w' : 'srgb');
      const { data: pixels, info } = await read.raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([width, height, channels]);
      expect(pixels.equals(data)).toBe(true);
      expect((await decodeImage(file, 'x.png')).data).toEqual(data);
    }
  }
  expect(() => encodePng(new Uint8Array(5), { width: 2, height: 2, channels })).toThrow(/2x2x.*5 bytes/);
});

it('rows are filtered where that makes the file smaller', () => {
  const [width, height] = [64, 64];
  const slope = Uint8Array.from({ length: width * height }, (_, i) => 2 * (i % width) + Math.floor(i / width));
  const file = encodePng(slope, { width, height, channels: 1 });
  const filters = inflateSync(readChunks(file).rows).filter((_, i) => i % (width + 1) === 0);
  expect(Math.min(...filters)).toBeGreaterThan(0);
  expect(file.length).toBeLessThan(200);
});

/** The chunk of a palette, and of the transparency of its colors. */
const withPalette = (file: Buffer, colors: number[], alpha: number[]) =>
  Buffer.concat([file.subarray(0, 33), pngChunk('PLTE', colors), pngChunk('tRNS', alpha), file.subarray(33)]);

it('palettes, transparency, 16-bit gray and bitmaps become gray or RGB, and say so', async () => {
  const read = async (file: Buffer) => {
    const { data, channels, changes } = await decodeImage(file, 'x.png');
    return [channels, [...data], [...changes]];
  };
  const colors = [10, 20, 30, 40, 50, 60, 70, 80, 90];
  // Indices 2, 1, 0, of 8 bits and of 2: not scaled as gray levels are.
  for (const indices of [
    pngOf(3, 1, 8, 3, Uint8Array.of(0, 2, 1, 0)),
    pngOf(3, 1, 2, 3, Uint8Array.of(0, 0b10010000)),
  ]) {
    expect(await read(withPalette(indices, colors, []))).toEqual([
      3,
      [70, 80, 90, 40, 50, 60, 10, 20, 30],
      ['palette'],
    ]);
    // Color 1 is transparent: white.
    const seen = [70, 80, 90, 255, 255, 255, 10, 20, 30];
    expect(await read(withPalette(indices, colors, [255, 0]))).toEqual([3, seen, ['palette', 'transparency']]);
  }
  // Half of 100 and half of white.
  expect(await read(pngOf(1, 1, 8, 6, Uint8Array.of(0, 100, 0, 255, 128)))).toEqual([
    3,
    [177, 127, 255],
    ['transparency'],
  ]);
  expect(await read(pngOf(1, 1, 8, 6, Uint8Array.of(0, 100, 0, 255, 255)))).toEqual([3, [100, 0, 255], []]);
  expect(await read(pngOf(1, 1, 8, 4, Uint8Array.of(0, 100, 0)))).toEqual([1, [255], ['transparency']]);
  expect(await read(pngOf(2, 1, 16, 0, Uint8Array.of(0, 7, 200, 9, 255)))).toEqual([1, [7, 9], ['16-bit']]);
  expect(await read(pngOf(2, 1, 1, 0, Uint8Array.of(0, 0b01000000)))).toEqual([1, [0, 255], ['bitmap']]);
  await expect(read(withPalette(pngOf(1, 1, 8, 3, Uint8Array.of(0, 9)), colors, []))).rejects.toThrow(
    /color 9 of a palette of 3/,
  );
});

const rows = (height: number, stride: number) => new Uint8Array(height * (stride + 1));
it.each([
  ['an unknown color type', pngOf(2, 2, 8, 5, rows(2, 2)), /damaged PNG/],
  ['no width', pngOf(0, 2, 8, 0, rows(2, 2)), /size of 0x2/],
  ['too few pixels', pngOf(4, 4, 8, 0, rows(3, 4)), /damaged PNG.*15 bytes of pixels, not 20/],
  ['a decompression bomb', pngOf(4, 4, 8, 0, new Uint8Array(1e7)), /unpack to more than the 20 bytes/],
  ['an image of a billion pixels', pngOf(40_000, 40_000, 8, 0, rows(4, 4)), /40000x40000.*not decoded/],
  ['a filter that does not exist', pngOf(1, 1, 8, 0, Uint8Array.of(9, 0)), /filter 9/],
  ['a cut file', pngOf(4, 4, 8, 0, rows(4, 4)).subarray(0, 50), /damaged PNG.*cut short/],
  ['a header alone', pngOf(4, 4, 8, 0, rows(4, 4)).subarray(0, 33), /damaged PNG.*no pixels/],
])('refused: %s', async (_, file, message) => {
  await expect(decodeImage(file, 'x.png')).rejects.toThrow(message);
});

it('a changed byte is found by its checksum', async () => {
  const file = pngOf(4, 4, 8, 0, rows(4, 4));
  file[45]! ^= 1;
  await expect(decodeImage(file, 'x.png')).rejects.toThrow(/a checksum is wrong/);
});
