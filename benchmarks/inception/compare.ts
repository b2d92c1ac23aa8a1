/**
 * Compares the FID Inception network on the ort backend with PyTorch: images per second, memory and ratios, in alternating
 * rounds. All resize 32x32 images to 299x299 and compute features and class probabilities.
 *
 *   npm run source -- benchmarks/inception/compare.ts [--batch 32] [--images 64] [--resolution 32] [--rounds 3] [--threads 2]
 *     [--peers eager,channels_last,compile,compile-bf16] [--python PYTHON] [--save]
 *
 * The peers are those of `npm run setup:peers`. `--save` writes benchmarks/results/inception.json.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { compareSideBySide, sideTable } from '../side-by-side.js';
import { chooseNames, PEER_NAMES } from '../torch-peers.js';
import type { InceptionSettings } from './ours.js';

/** Largest relative difference of the features, ||a - b|| / ||b||. */
const TOLERANCE = 1e-4;

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '32' },
    images: { type: 'string', default: '64' },
    resolution: { type: 'string', default: '32' },
    peers: { type: 'string', default: PEER_NAMES.join() },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const [batch, images, resolution] = [Number(options.batch), Number(options.images), Number(options.resolution)];
const [rounds, threads] = [Number(options.rounds), Number(options.threads)];
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const { pytorch, ...sides } = await compareSideBySide({
  ours: here('ours.ts'),
  peer: {
    script: here('peer.py'),
    python: peerPython(options.python),
    names: chooseNames('peer', options.peers, PEER_NAMES),
  },
  settings: (exchange) => ({ batch, images, resolution, threads, exchange }) satisfies InceptionSettings,
  threads,
  rounds,
  what: 'features',
  tolerance: TOLERANCE,
});
console.log(`${pytorch}\n${images} images of ${resolution}x${resolution}, ${batch} at a time\n`);
console.log(sideTable(sides, { head: 'images/s', of: (ms) => ((images * 1000) / ms).toFixed(1) }));
const results = { batch, images, resolution, ...sides };
if (options.save) saveResult('inception', 'benchmarks/inception/compare.ts', { pytorch, threads }, { rounds, results });
