/**
 * Compares converting a folder of PNG images with center-crop, and reading shuffled batches of the data set, with Python
 * (Pillow and NumPy): times and ratios. The data sets are compared pixel by pixel first.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/dataset/compare.ts [--images 10000] [--rounds 3]
 *     [--python PYTHON] [--save]
 *
 * The peer is that of `npm run setup:peers`. Sources are 40x48 RGB images, and become 32x32. Each measurement is a process of its own, which excludes its start from the
 * time. `--save` writes benchmarks/results/dataset.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { convertDataset, createBatchSource, openDataset } from '@onestep/datasets';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { median } from '../timings.js';
import { writeSourceImages } from './source-images.js';

const BATCH = 128;
const BATCHES = 100;
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
    /** In a measuring process: the kind of work, the source and the destination. */
    work: { type: 'string' },
    source: { type: 'string' },
    dest: { type: 'string' },
  },
});

if (options.work !== undefined) console.log(await measure(options.work, options.source!, options.dest!));
else await main();

/** Does the work and returns its seconds. */
async function measure(work: string, source: string, dest: string): Promise<number> {
  if (work === 'convert') {
    const start = performance.now();
    await convertDataset({ source, dest, transform: 'center-crop', resolution: { width: 32, height: 32 } });
    return (performance.now() - start) / 1000;
  }
  const dataset = await openDataset(dest, { cacheBytes: 0 });
  const batches = createBatchSource(dataset, { batchSize: BATCH, seed: 0 });
  for (let i = 0; i < 10; i++) await batches.next();
  const start = performance.now();
  for (let i = 0; i < BATCHES; i++) await batches.next();
  return (performance.now() - start) / 1000;
}

async function main(): Promise<void> {
  const python = peerPython(options.python);
  const folder = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  try {
    const count = Number(options.images);
    const source = writeSourceImages(join(folder, 'source'), count);
    const ours = (work: string, dest: string) => [
      process.execPath,
      ...process.execArgv,
      here('compare.ts'),
      '--work',
      work,
      '--source',
      source,
      '--dest',
      dest,
    ];
    const peer = (work: string, dest: string) => [python, here('peer.py'), work, source, dest];
    const times: Record<string, number[]> = {};
    for (let round = 0; round < Number(options.rounds); round++) {
      const [here, there] = [join(folder, `ours${round}.zip`), join(folder, `peer${round}.zip`)];
      for (const work of ['convert', 'read']) {
        const runs: [string, string[]][] = [
          [`ours ${work}`, ours(work, here)],
          [`peer ${work}`, peer(work, there)],
        ];
        for (const [name, [program, ...args]] of round % 2 === 0 ? runs : runs.reverse()) {
          (times[name] ??= []).push(Number(execFileSync(program!, args, { encoding: 'utf8' })));
        }
      }
      if (round === 0) await assertSame(here, there);
    }
    const medianOf = (name: string) => median(times[name]!);
    const rows = [
      {
        work: 'convert',
        unit: 'images per second',
        ours: count / medianOf('ours convert'),
        peer: count / medianOf('peer convert'),
      },
      {
        work: `read batches of ${BATCH}`,
        unit: 'ms per batch',
        ours: (1000 * medianOf('ours read')) / BATCHES,
        peer: (1000 * medianOf('peer read')) / BATCHES,
      },
    ].map((row) => ({ ...row, ratio: row.ours / row.peer }));
    for (const { work, unit, ours, peer, ratio } of rows) {
      console.log(`${work}: ${ours.toFixed(2)} ${unit}, Python ${peer.toFixed(2)}, ratio ${ratio.toFixed(2)}`);
    }
    if (options.save) saveResult('dataset', 'benchmarks/dataset/compare.ts', {}, { rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function assertSame(a: string, b: string): Promise<void> {
  const [ours, peer] = [await openDataset(a), await openDataset(b)];
  for (let i = 0; i < peer.length; i++) {
    if (!Buffer.from(ours.imageAt(i)).equals(peer.imageAt(i))) throw new Error(`Image ${i} differs.`);
  }
  ours.close();
  peer.close();
}
