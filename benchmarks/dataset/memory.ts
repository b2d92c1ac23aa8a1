/**
 * Measures the largest resident memory of a process that converts 1, 10,000 and 60,000 PNG images of 40x48 to 32x32 with
 * center-crop: it holds a few images at a time, and a few hundred bytes for each name and label.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/dataset/memory.ts [--save]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { convertDataset } from '@onestep/datasets';
import { saveResult } from '../save-result.js';
import { writeSourceImages } from './source-images.js';

const COUNTS = [1, 10_000, 60_000];

const { values: options } = parseArgs({
  options: {
    save: { type: 'boolean', default: false },
    /** In a measured process: the source, the destination and the number of images. */
    source: { type: 'string' },
    dest: { type: 'string' },
    images: { type: 'string' },
  },
});

if (options.source !== undefined) {
  const { source, dest, images } = options;
  const resolution = { width: 32, height: 32 };
  await convertDataset({ source, dest: dest!, maxImages: Number(images), transform: 'center-crop', resolution });
  console.log(process.resourceUsage().maxRSS / 1024);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  try {
    const source = writeSourceImages(join(folder, 'source'), Math.max(...COUNTS));
    const rows = COUNTS.map((images) => {
      const dest = join(folder, `${images}.zip`);
      const args = ['--source', source, '--dest', dest, '--images', String(images)];
      const script = [...process.execArgv, fileURLToPath(import.meta.url)];
      const peak_mb = Number(execFileSync(process.execPath, [...script, ...args], { encoding: 'utf8' }));
      console.log(`${images} images: at most ${peak_mb.toFixed(0)} MB`);
      return { images, peak_mb };
    });
    if (options.save) saveResult('dataset-memory', 'benchmarks/dataset/memory.ts', {}, { rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
