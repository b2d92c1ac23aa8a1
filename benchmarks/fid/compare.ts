/**
 * Compares the Fréchet distance of 2048-dimensional statistics with scipy's sqrtm and with torch.linalg, each on one thread:
 * for more images than features, and for fewer, where the covariances are singular. All are also compared with the distance
 * computed from the features directly, without covariances: with A and B the centered features divided by sqrt(N - 1),
 * tr (S1 S2)^(1/2) is the sum of the singular values of A B' (peer_scipy.py).
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/fid/compare.ts [--dim 2048] [--few 1000] [--rounds 5]
 *     [--python PYTHON] [--save]
 *
 * Times are processor time, which on one thread is the time of an idle machine, and which other work on the machine changes
 * little. The interpreter is that of `npm run setup:peers`. `--save` writes benchmarks/results/fid.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { alternate, summarize } from '../timings.js';
import { NODE, requireFastBlas, startWorker } from '../worker.js';
import { writeStatistics } from './write-statistics.js';

const { values: options } = parseArgs({
  options: {
    dim: { type: 'string', default: '2048' },
    few: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const [dim, few, rounds] = [options.dim, options.few, options.rounds].map(Number) as [number, number, number];
const python = peerPython(options.python);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Measures all sides with statistics of a number of images. */
async function compare(images: number) {
  const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  writeStatistics(join(exchange, 'a'), images, dim, 1);
  writeStatistics(join(exchange, 'b'), images, dim, 2);
  const argument = JSON.stringify({ dim, exchange });
  const commands = [
    [...NODE, here('ours.ts')],
    [python, here('peer_scipy.py')],
    [python, here('peer_torch.py')],
  ];
  const workers = [];
  for (const command of commands) workers.push(await startWorker([...command, argument], 1));
  rmSync(exchange, { recursive: true });
  const libraries = workers.slice(1).map(({ hello }) => `${hello.name} with ${requireFastBlas(hello)}`);
  const answers = await alternate(workers, rounds);
  const exact = answers[1]![0]!.values[1]!;
  const sides = workers.map((worker, i) => {
    const distance = answers[i]![0]!.values[0]!;
    return { ...summarize(worker, answers[i]!), distance, error: Math.abs(distance / exact - 1) };
  });
  await Promise.all(workers.map((worker) => worker.end()));
  return { dim, images, libraries, sides };
}

const results = [await compare(2 * dim), await compare(few)];
console.log(`${dim} features, one thread each, ${rounds} rounds; ${results[0]!.libraries.join('; ')}\n`);
console.log('| images | | median, s | minimum, s | error | memory, MB |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const { images, sides } of results) {
  for (const { name, median_ms, min_ms, error, peak_mb } of sides) {
    const seconds = [median_ms, min_ms].map((ms) => (ms / 1000).toFixed(2)).join(' | ');
    console.log(`| ${images} | ${name} | ${seconds} | ${error.toExponential(1)} | ${peak_mb.toFixed(0)} |`);
  }
}
if (options.save) {
  const [scipy, pytorch] = results[0]!.libraries;
  saveResult('fid', 'benchmarks/fid/compare.ts', { scipy, pytorch, threads: 1 }, { rounds, results });
}
