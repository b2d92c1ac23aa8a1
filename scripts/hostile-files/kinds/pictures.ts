import { deflateSync, inflateSync } from 'node:zlib';
import { crc32 } from '@onestep/checkpoint';
import sharp from 'sharp';
import type { HostileKind } from '../hostile-kind.js';
import { pattern, png, readSource } from './data-sets.js';

const SIDE = 24;
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** A folder of one picture and an unharmed one. */
const picture = (format: string, contents: Uint8Array, rest: Partial<HostileKind> = {}): HostileKind => ({
  name: `picture: ${format}`,
  files: { [`a.${format.split(' ').at(-1)}`]: contents, 'b.png': png(1) },
  target: `a.${format.split(' ').at(-1)}`,
  entry: '.',
  read: readSource,
  ...rest,
});

function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG file of a header and rows that are not compressed yet, with right checksums. */
export function pngAround(header: Uint8Array, rows: Uint8Array): Uint8Array {
  const chunks = [pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(rows)), pngChunk('IEND', new Uint8Array())];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

export async function pictureKinds(): Promise<HostileKind[]> {
  const raw = sharp(pattern(SIDE * SIDE * 3), { raw: { width: SIDE, height: SIDE, channels: 3 } });
  const [jpeg, progressive, webp, tiff, gif, avif] = await Promise.all([
    raw.clone().jpeg().toBuffer(),
    raw
      .clone()
      .jpeg({ progressive: true })
      .withExif({ IFD0: { Copyright: 'none' } })
      .toBuffer(),
    raw.clone().webp().toBuffer(),
    raw.clone().tiff().toBuffer(),
    raw.clone().gif().toBuffer(),
    raw.clone().avif({ effort: 0 }).toBuffer(),
  ]);
  const palette = await raw.clone().png({ palette: true }).toBuffer();
  const whole = png(0);
  const header = whole.slice(16, 29);
  const dataLength = Buffer.from(whole).readUInt32BE(33);
  const rows = inflateSync(whole.subarray(41, 41 + dataLength));
  return [
    picture('png', whole),
    picture('palette png', palette),
    picture('header of png', whole, { part: header, around: (part) => pngAround(part, rows) }),
    picture('rows of png', whole, { part: rows, around: (part) => pngAround(header, part) }),
    picture('jpeg', jpeg),
    picture('progressive jpeg', progressive),
    picture('webp', webp),
    picture('tiff', tiff),
    picture('gif', gif),
    picture('avif', avif),
  ];
}
