/**
 * Compares the Fréchet distance of 2048-dimensional statistics with scipy's sqrtm, each on one thread: for more images than
 * features, and for fewer, where the covariances are singular. Both are also compared with the distance computed from the
 * features directly, without covariances: with A and B the centered features divided by sqrt(N - 1), tr (S1 S2)^(1/2) is
 * the sum of the singular values of A B' (peer.py).
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/fid/compare.ts [--dim 2048] [--few 1000] [--rounds 1]
 *     [--python /usr/bin/python3] [--save]
 *
 * scipy: Debian's python3-scipy with libopenblas0-pthread. `--save` writes benchmarks/results/fid.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FeatureStatistics } from '@onestep/metrics';
import { Rng } from '@onestep/random';
import { saveResult } from '../save-result.js';
import { alternate, summarize } from '../timings.js';
import { NODE, requireFastBlas, startWorker } from '../worker.js';

const { values: options } = parseArgs({
  options: {
    dim: { type: 'string', default: '2048' },
    few: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '1' },
    python: { type: 'string', default: '/usr/bin/python3' },
    save: { type: 'boolean', default: false },
  },
});
const [dim, few, rounds] = [options.dim, options.few, options.rounds].map(Number) as [number, number, number];
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const results = [];
let peerName = '';
for (const images of [2 * dim, few]) {
  const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  writeStatistics(join(exchange, 'a'), images, 1);
  writeStatistics(join(exchange, 'b'), images, 2);
  const argument = JSON.stringify({ dim, exchange });
  const ours = await startWorker([...NODE, here('ours.ts'), argument], 1);
  const peer = await startWorker([options.python, here('peer.py'), argument], 1);
  rmSync(exchange, { recursive: true });
  peerName = `${peer.hello.name} with ${requireFastBlas(peer.hello)}`;
  const [oursAnswers, peerAnswers] = await alternate([ours, peer], rounds);
  const distance = oursAnswers![0]!.values[0]!;
  const [expected, exact] = peerAnswers![0]!.values as [number, number];
  const rows = [summarize(ours, oursAnswers!), summarize(peer, peerAnswers!)] as const;
  await Promise.all([ours.end(), peer.end()]);
  const difference = Math.abs(distance / expected - 1);
  results.push({
    dim,
    images,
    distance,
    difference,
    error: Math.abs(distance / exact - 1),
    error_of_peer: Math.abs(expected / exact - 1),
    ours: rows[0],
    peer: rows[1],
    ratio_of_time: rows[0].median_ms / rows[1].median_ms,
  });
}

console.log(`${dim} features, one thread each; ${peerName}\n`);
console.log(
  '| images | onestep, s | scipy, s | ratio | relative difference | of onestep, of scipy from the features | memory, MB |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const { images, difference, error, error_of_peer, ours, peer, ratio_of_time } of results) {
  const errors = [error, error_of_peer].map((value) => value.toExponential(1)).join(', ');
  const seconds = [ours, peer].map(({ median_ms }) => (median_ms / 1000).toFixed(1)).join(' | ');
  const memory = [ours, peer].map(({ peak_mb }) => peak_mb.toFixed(0)).join(', ');
  console.log(
    `| ${images} | ${seconds} | ${ratio_of_time.toFixed(2)} | ${difference.toExponential(1)} | ${errors} | ${memory} |`,
  );
}
if (options.save) saveResult('fid', 'benchmarks/fid/compare.ts', { scipy: peerName, threads: 1 }, { rounds, results });

/**
 * Writes mean and covariance (float64, PATH.f64) and the features themselves (float32, PATH.f32). The features are
 * correlated and nonnegative, as after ReLU, and some are rarely positive.
 */
function writeStatistics(path: string, images: number, seed: number): void {
  const rng = new Rng(seed);
  const common = new Rng(0).normal(dim);
  const statistics = new FeatureStatistics(dim);
  const all: Uint8Array[] = [];
  for (let start = 0; start < images; start += 256) {
    const count = Math.min(256, images - start);
    const noise = rng.normal(count * dim);
    const shared = rng.normal(count);
    const features = noise.map((value, i) => {
      const feature = i % dim;
      return Math.max(0, (value + common[feature]! * shared[Math.floor(i / dim)]!) / (1 + feature / 64) + seed / 100);
    });
    statistics.add(features, count);
    all.push(new Uint8Array(features.buffer));
  }
  const moments = [statistics.mean(), statistics.covariance()].map((x) => new Uint8Array(x.buffer));
  writeFileSync(`${path}.f64`, Buffer.concat(moments));
  writeFileSync(`${path}.f32`, Buffer.concat(all));
}
