import { crc32, deflateSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { encodePng } from '../src/index.js';
import { decodeImage } from '../src/decoding/decode-image.js';
import { readImageData } from '../src/png/chunks.js';
import { patternBytes } from './sample-files.js';

const raw = (width: number, height: number, channels: 1 | 3) =>
  sharp(Buffer.from(patternBytes(width * height * channels)), { raw: { width, height, channels } });

/** A PNG file with these compressed rows. */
function pngOf(width: number, height: number, depth: number, colorType: number, rows: Uint8Array): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colorType], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
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
  const filters = inflateSync(readImageData(file)).filter((_, i) => i % (width + 1) === 0);
  expect(Math.min(...filters)).toBeGreaterThan(0);
  expect(file.length).toBeLessThan(200);
});

const rows = (height: number, stride: number) => new Uint8Array(height * (stride + 1));
it.each([
  ['a palette', pngOf(2, 2, 8, 3, rows(2, 2)), /x\.png: a palette image/],
  ['transparency', pngOf(2, 2, 8, 6, rows(2, 8)), /x\.png: an image with transparency/],
  ['gray with transparency', pngOf(2, 2, 8, 4, rows(2, 4)), /an image with transparency/],
  ['16-bit gray', pngOf(2, 2, 16, 0, rows(2, 4)), /a gray image of 16 bits/],
  ['a bitmap', pngOf(2, 2, 1, 0, rows(2, 1)), /a gray image of 1 bits/],
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
