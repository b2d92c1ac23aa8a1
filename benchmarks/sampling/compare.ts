/**
 * Compares sampling with the EDM sampler of 18 steps on the ort backend with PyTorch: images per second, memory and ratios, in
 * alternating rounds.
 *
 *   npm run source -- benchmarks/sampling/compare.ts [--size mc32-b32] [--batch 16] [--steps 18] [--peers eager,channels_last,compile,compile-bf16]
 *     [--rounds 3] [--threads 2] [--python PYTHON] [--save]
 *
 * `--size` names a network of train-step/sizes.json. The peers are those of `npm run setup:peers`. `--save` writes
 * benchmarks/results/sampling.json.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { compareSideBySide, sideTable } from '../side-by-side.js';
import { chooseNames, PEER_NAMES } from '../torch-peers.js';
import { SIZES } from '../train-step/settings.js';
import type { SamplingSettings } from './ours.js';

/** Largest relative difference of the images, ||a - b|| / ||b||; the same as for the fixtures of samplers. */
const TOLERANCE = 1e-4;

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'mc32-b32' },
    batch: { type: 'string', default: '16' },
    steps: { type: 'string', default: '18' },
    peers: { type: 'string', default: PEER_NAMES.join() },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const [batch, steps] = [Number(options.batch), Number(options.steps)];
const [rounds, threads] = [Number(options.rounds), Number(options.threads)];
const [size] = chooseNames('size', options.size, Object.keys(SIZES)) as [string];
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const { pytorch, ...sides } = await compareSideBySide({
  ours: here('ours.ts'),
  peer: {
    script: here('peer.py'),
    python: peerPython(options.python),
    names: chooseNames('peer', options.peers, PEER_NAMES),
  },
  settings: (exchange) => ({ ...SIZES[size]!, batch, steps, threads, exchange }) satisfies SamplingSettings,
  threads,
  rounds,
  what: 'images',
  tolerance: TOLERANCE,
});
const results = { network: size, batch, steps, evaluations: 2 * steps - 1, ...sides };
console.log(`${pytorch}\n${batch} images per batch, ${results.evaluations} network evaluations per image\n`);
console.log(sideTable(sides, { head: 'images/s', of: (ms) => ((batch * 1000) / ms).toFixed(2) }));
if (options.save) saveResult('sampling', 'benchmarks/sampling/compare.ts', { pytorch, threads }, { rounds, results });
