import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach } from 'vitest';
import { StoredZipWriter } from '@onestep/checkpoint';
import { encodePng } from '../src/index.js';

/** A fresh folder, removed after the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'onestep-datasets-'));
  folders.push(path);
  return path;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A gzipped IDX file of unsigned bytes. */
export function idxBytes(shape: number[], data: Uint8Array, magic = 0x0800 | shape.length): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(magic, 0);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return gzipSync(Buffer.concat([header, data]), { level: 1 });
}

/** Bytes that differ from place to place. */
export function patternBytes(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 5) * 7 + seed * 101) & 255);
}

/** Writes a small MNIST-like pair of files. @returns the path of the images file */
export function writeIdxPair(folder: string, count: number, size = 28): string {
  const images = join(folder, 'train-images-idx3-ubyte.gz');
  writeFileSync(images, idxBytes([count, size, size], patternBytes(count * size * size)));
  writeFileSync(
    join(folder, 'train-labels-idx1-ubyte.gz'),
    idxBytes(
      [count],
      Uint8Array.from({ length: count }, (_, i) => i % 10),
    ),
  );
  return images;
}

/** Writes a ZIP file with the given entries. */
export function writeZip(path: string, entries: [string, Uint8Array | string][]): string {
  const zip = new StoredZipWriter();
  const pieces = entries.flatMap(([name, data]) => {
    const contents = typeof data === 'string' ? Buffer.from(data) : data;
    return [zip.add(name, contents), contents];
  });
  writeFileSync(path, Buffer.concat([...pieces, ...zip.end()]));
  return path;
}

/** A gray PNG image of `size` x `size` pixels. */
export function grayPng(size: number, seed = 0): Uint8Array {
  return encodePng(patternBytes(size * size, seed), { width: size, height: size, channels: 1, compressionLevel: 0 });
}

/** Names as the converter gives them. */
export function imageName(index: number): string {
  return `00000/img${String(index).padStart(8, '0')}.png`;
}
