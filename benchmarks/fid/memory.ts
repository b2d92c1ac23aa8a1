/**
 * Measures the largest resident memory of a process that computes the statistics of a number of 32x32 images and their
 * distance to themselves. The features cost almost nothing, so this is the memory of the metric.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/fid/memory.ts [10000 60000 120000]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { collectFeatures, frechetDistance, type FeatureExtractor, type ImageBatch } from '@onestep/metrics';
import { NODE } from '../worker.js';

const FEATURES = 128;
const BYTES = 32 * 32;
const BATCH = 250;
const WORKER = '--worker';

const counts = process.argv.slice(2).filter((argument) => argument !== WORKER);
if (process.argv.includes(WORKER)) await measure(Number(counts[0]));
else {
  console.log('| images | memory, MiB |\n| --- | --- |');
  for (const count of counts.length > 0 ? counts : ['10000', '60000', '120000']) {
    const [command, ...args] = [...NODE, fileURLToPath(import.meta.url), WORKER, count];
    process.stdout.write(spawnSync(command!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).stdout);
  }
}

async function measure(count: number): Promise<void> {
  const extractor: FeatureExtractor = {
    name: 'pixels',
    featureDim: FEATURES,
    numClasses: 1,
    imgResolution: 32,
    imgChannels: 1,
    extract: async (images, n) => ({
      features: Float32Array.from({ length: n * FEATURES }, (_, i) => images[(i * BYTES) / FEATURES]!),
      probabilities: new Float32Array(n).fill(1),
    }),
  };
  const { statistics } = await collectFeatures(extractor, noise(count));
  const moments = statistics.moments();
  frechetDistance(moments, moments);
  console.log(`| ${count} | ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} |`);
}

/** Generates images of hashed counter values. */
function* noise(count: number): Generator<ImageBatch> {
  for (let start = 0; start < count; start += BATCH) {
    const size = Math.min(BATCH, count - start);
    const images = Uint8Array.from({ length: size * BYTES }, (_, i) => Math.imul(start * BYTES + i, 0x9e3779b1) >>> 24);
    yield { images, count: size };
  }
}
