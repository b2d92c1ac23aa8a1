import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@onestep/datasets';
import { Rng } from '@onestep/random';

/** Writes smooth 40x48 RGB images with some noise as PNG files. Each thousand is a class, in a folder of its own. */
export function writeSourceImages(folder: string, count: number): string {
  const [width, height, channels] = [40, 48, 3];
  const noise = new Rng(0, 'images').integers(4096, 32);
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from(
      { length: width * height * channels },
      (_, j) => (i + (j >> 5) + noise[(i + j) % 4096]!) & 255,
    );
    const below = join(folder, String(Math.floor(i / 1000)));
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${i}.png`), encodePng(data, { width, height, channels }));
  }
  return folder;
}
